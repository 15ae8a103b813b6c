/* SPDX-License-Identifier: MIT */
/*
 * creel/pool.h: so many workers.
 *
 *  function              blocks?    from a worker?   from a loop?  any thread?  from a callback?
 *  creel_pool_create     no         yes              yes           yes          yes
 *  creel_pool_size       no         yes              yes           yes          yes
 *  creel_pool_resize     no         yes              yes           yes          yes
 *  creel_worker_index    no         yes              yes           -1           yes
 *  creel_worker_local    no         yes              yes           NULL         yes
 *  creel_current_pool    no         yes              yes           NULL         yes
 *  creel_pool_wait_idle  yes        EDEADLK on own   suspends      blocks       EDEADLK
 *  creel_pool_shutdown   yes        EDEADLK on own   suspends      blocks       EDEADLK
 *  creel_pool_destroy    yes        own: no          blocks        blocks       own: no
 *
 * What a task of a pool does to another pool, it does like any thread ("own" above is its own).
 * Work is put on a pool by the functions of creel/task.h.
 *
 * Order: what one outside thread submits is taken in that order: one worker starts it in that order, of
 * several each takes some. What a task submits may start before older outside work, the newest first
 * (depth first), unless the pool has CREEL_POOL_FIFO. Ready tasks that were suspended go before new ones.
 * Nothing is starved. All of this is within one priority: see creel_priority in creel/task.h.
 *
 * A bounded queue (queue_limit) is full when so many tasks from outside have been accepted and not been
 * started. One that was cancelled keeps its place until a worker comes upon it. What tasks of the pool
 * submit is not counted and never waits: they would wait for themselves. Nor is what nobody could wait with: a
 * continuation whose future has ended (creel/then.h), what a stream has done (creel/stream.h: its window is
 * its bound), and the watch over a group's deadline.
 */
#ifndef CREEL_POOL_H
#define CREEL_POOL_H

#include <creel/attributes.h>
#include <creel/status.h>
#include <creel/time.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct creel_pool creel_pool;

/* Flags of a pool. Unknown bits are refused. */
#define CREEL_POOL_FIFO UINT32_C(1) /* one queue, first in first out, also for what tasks submit */
#define CREEL_POOL_MEASURE UINT32_C(2) /* take the time that tasks are queued: creel/stats.h */

/*
 * What becomes of a task from outside for which there is no room.
 *
 *   CREEL_FULL_WAIT         its submission waits for room: it suspends a task of another pool or of a loop, and
 *                           blocks any other thread. Who came first is let in first, whatever the
 *                           priority. It is refused when the pool is shut down meanwhile (CREEL_ECLOSED),
 *                           the task's start_deadline has come (CREEL_ETIMEDOUT), the waiting task is asked
 *                           to end (the future is cancelled, and the request is delivered by that), a scope
 *                           of the caller's ends (the future is cancelled, and the scope has told it), or
 *                           waiting is not allowed here (CREEL_EDEADLK) or not possible (CREEL_ENOMEM).
 *                           Tasks of two such pools that submit to each other may wait for each other for ever where
 *                           max_started keeps both from starting more: give one of them another answer.
 *   CREEL_FULL_FAIL         it is refused: CREEL_EFULL.
 *   CREEL_FULL_CALLER_RUNS  the caller runs it before the submission returns, as it would call a function. In it
 *                           creel_current() is its own future and creel_fail() its own failure, while
 *                           creel_current_pool(), creel_current_loop() and creel_worker_index() are the
 *                           caller's. It waits as the caller would: where that may not suspend, neither may
 *                           it, and the caller's scopes end its waits. A task that is asked to end asks what it
 *                           runs so; on a plain thread a request wakes nobody, but creel_cancel_requested() and
 *                           creel_checkpoint() tell of it. What it sets by creel_context_set() parts of the caller's that
 *                         begin meanwhile may see; the caller does not.
 *
 * creel_try_submit() never waits, and never runs the task: it is refused (CREEL_EFULL) in all three.
 */
typedef enum creel_when_full {
	CREEL_FULL_WAIT = 0,
	CREEL_FULL_FAIL = 1,
	CREEL_FULL_CALLER_RUNS = 2
} creel_when_full;

/* Limits, refused with CREEL_EINVAL beyond. */
#define CREEL_POOL_MAX_WORKERS 4096u
#define CREEL_STACK_MIN ((size_t)16 << 10)
#define CREEL_STACK_MAX ((size_t)16 << 30)

/*
 * Hooks of the workers, called on each worker's own thread, where nothing may suspend: the first before its first
 * task, the second after its last. *local is the worker's own, NULL at first, for creel_worker_local(). init answers
 * 0, or why the worker cannot work (an errno, say): then the pool is broken. What is queued fails with
 * CREEL_EBROKEN, and new work is refused with it; what runs goes on. fini is called only where init answered 0.
 * After the initializer of ThreadPoolExecutor; it has no fini.
 */
typedef int creel_worker_init_fn(unsigned index, void **local, void *arg);
typedef void creel_worker_fini_fn(unsigned index, void *local, void *arg);

/*
 * creel_pool_options: begin with CREEL_POOL_OPTIONS_INIT, then set what matters. In every field 0
 * is the default. Fields are only ever appended; size tells the library which ones there are.
 */
typedef struct creel_pool_options {
	size_t size; /* sizeof(creel_pool_options) */
	unsigned
		workers; /* 0: one per CPU that this thread may run on, but not more than max_workers */
	uint32_t flags;    /* CREEL_POOL_FIFO, CREEL_POOL_MEASURE */
	size_t stack_size; /* bytes of a task's stack, rounded up to pages; 0: 1 MiB. Address space:
	                       memory is taken as it is touched */
	size_t guard_size; /* bytes below each stack that fault when touched; 0: 64 KiB */
	size_t max_started; /* how many tasks from outside may be started and not ended at once; what
	                       tasks of the pool submit is not counted; 0: no limit */
	const char *name;   /* copied; the workers' threads are called NAME-0, NAME-1, ... in 15
	                       characters; NULL: "creel" */
	/* Copied: worker i runs on the processor cpus[i % n_cpus] and on no other; 0 workers means n_cpus
	   then. NULL: where the system puts it. */
	const int *cpus;
	size_t n_cpus;                     /* 0: cpus is not looked at */
	creel_worker_init_fn *worker_init; /* NULL: none */
	creel_worker_fini_fn *worker_fini; /* NULL: none */
	void *worker_arg;                  /* for both */
	size_t queue_limit; /* how many tasks from outside may be queued; 0: no limit */
	uint64_t when_full; /* a creel_when_full: what happens to more */
	size_t max_workers; /* how many creel_pool_resize() may ask for; for each beyond `workers` it costs
	                       little but the address space of some stacks; 0: as many as workers */
} creel_pool_options;

#define CREEL_POOL_OPTIONS_INIT \
	{ \
		sizeof(creel_pool_options), 0, 0, 0, 0, 0, NULL, NULL, 0, NULL, NULL, NULL, 0, \
			CREEL_FULL_WAIT, 0 \
	}

/* How a pool shuts down. Each mode refuses new work from outside from then on. */
typedef enum creel_shutdown_mode {
	CREEL_SHUTDOWN_DRAIN = 0, /* all work runs to its end; tasks may still submit more */
	CREEL_SHUTDOWN_CANCEL_QUEUED = 1, /* what has not started is cancelled; what runs goes on */
	CREEL_SHUTDOWN_CANCEL_ALL = 2     /* and what runs or is suspended is asked to end */
} creel_shutdown_mode;

/*
 * creel_pool_create() starts the workers. NULL opts means defaults. The pool is the caller's to
 * creel_pool_destroy(). Signals are blocked in the workers, except those that a fault raises in the
 * thread itself. The first pool of a process installs a handler for SIGSEGV and SIGBUS that names
 * a task whose stack overflowed, then passes on to the program's own. NULL on failure;
 * creel_last_error() has one of
 *   CREEL_EINVAL  a size, count, flag or when_full is out of range, or options of a newer creel are set
 *   CREEL_ENOMEM  no memory
 *   CREEL_ESYS    a thread could not be started, or not on its processor; the message has the system's
 *                 reason
 */
CREEL_API CREEL_NODISCARD creel_pool *creel_pool_create(const creel_pool_options *opts);

/* creel_pool_size() is the number of workers there are to be now; 0 for NULL. */
CREEL_API size_t creel_pool_size(const creel_pool *pool);

/*
 * creel_pool_resize() sets the number of workers, from 1 to max_workers, whatever the pool does meanwhile. It waits for no
 * task and for no hook.
 *
 * Growing starts threads, as at creation: worker_init is called there, and if that fails, the pool is broken.
 * Shrinking: the workers with the highest numbers take no new tasks. Each ends the one that it runs, and what was
 * queued there goes to the others. Tasks that are suspended there go on there when it is their turn, and may
 * then run beside those of the workers that stay; when the last of them has ended, worker_fini is called and the
 * thread ends. A worker that is wanted again before that goes on as if nothing had happened; the hooks are
 * called in pairs in any case.
 *   CREEL_EINVAL  pool is NULL, or workers is 0 or more than max_workers
 *   CREEL_ESYS    a thread could not be started, the message has the system's reason: the pool has the
 *                 workers that it had, and those that could be started before; creel_pool_size() tells
 *   CREEL_ECLOSED the pool is, or is being, shut down; or in the child of a fork
 *   CREEL_EBROKEN a worker_init has failed
 * After folly's ThreadPoolExecutor::setNumThreads(), which waits for the threads that go.
 */
CREEL_API creel_status creel_pool_resize(creel_pool *pool, unsigned workers);

/* creel_worker_index() is the calling worker's number, from 0 to max_workers - 1 in its pool; -1 off pools. */
CREEL_API int creel_worker_index(void);

/* creel_worker_local() is what worker_init has left in *local on the calling worker, borrowed; NULL off pools. */
CREEL_API void *creel_worker_local(void);

/* creel_current_pool() is the pool of the calling worker, borrowed; NULL off pools. */
CREEL_API creel_pool *creel_current_pool(void);

/*
 * creel_pool_wait_idle() waits until nothing is queued, running or suspended on the pool. It may
 * be used for as long as it stays so: others may submit at any time.
 *   CREEL_ETIMEDOUT   not idle within timeout (0 polls)
 *   CREEL_EDEADLK     called by a task of this pool, which could never be idle; or must not suspend
 *   CREEL_ECANCELLED  the calling task was cancelled
 *   CREEL_EINVAL      pool is NULL, or timeout negative
 *   CREEL_ENOMEM      no stack to suspend with
 *   CREEL_ECLOSED     in the child of a fork
 */
CREEL_API creel_status creel_pool_wait_idle(creel_pool *pool, creel_duration timeout);

/*
 * creel_pool_shutdown() refuses work from outside from now on (CREEL_ECLOSED), also what waits for room in a bounded
 * queue, does with the rest what mode says, and waits at most timeout until all has ended. It may be called again,
 * by anyone: to go on waiting, or with a stronger mode; a weaker one changes nothing. CREEL_OK means that no
 * task runs any more; the threads end by themselves and are joined by creel_pool_destroy().
 *   CREEL_ETIMEDOUT   work was still going on after timeout; the shutdown goes on
 *   CREEL_EDEADLK     called by a task of this pool: the shutdown is started, but cannot be awaited
 *                     here (with timeout 0: CREEL_ETIMEDOUT); or must not suspend, and is started
 *   CREEL_ECANCELLED  the calling task was cancelled; the shutdown goes on
 *   CREEL_EINVAL      pool is NULL, mode unknown, or timeout negative: nothing was started
 *   CREEL_ENOMEM      no stack to suspend with; the shutdown goes on
 *   CREEL_ECLOSED     in the child of a fork
 * After Executor.shutdown(wait, cancel_futures), but cancelled futures wake their waiters at once.
 */
CREEL_API creel_status creel_pool_shutdown(
	creel_pool *pool, creel_shutdown_mode mode, creel_duration timeout);

/*
 * creel_pool_destroy() shuts the pool down (drain, unless a shutdown is under way), blocks until
 * all has ended, joins the workers and frees the pool. Where a suspended task may wait for ever,
 * shut down with CREEL_SHUTDOWN_CANCEL_ALL first. Called by a task or callback on one of the pool's
 * own workers it does not wait: the shutdown starts and the last worker frees the pool. In the
 * child of a fork it frees memory and waits for nothing. Futures outlive their pool. Nobody else may be
 * in a call on the pool, or begin one. NULL is fine.
 */
CREEL_API void creel_pool_destroy(creel_pool *pool);

#ifdef __cplusplus
}
#endif

#endif
