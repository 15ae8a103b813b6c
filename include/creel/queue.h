/* SPDX-License-Identifier: MIT */
/*
 * creel/queue.h: a queue of items between tasks and threads, with or without a bound.
 *
 *  function                      blocks?  from a worker?  from a loop?  any thread?  from a callback?
 *  creel_queue_create            no       yes             yes           yes          yes
 *  creel_queue_put               yes      suspends        suspends      blocks       EDEADLK if full
 *  creel_queue_put_priority      yes      suspends        suspends      blocks       EDEADLK if full
 *  creel_queue_try_put           no       yes             yes           yes          yes
 *  creel_queue_try_put_priority  no       yes             yes           yes          yes
 *  creel_queue_get               yes      suspends        suspends      blocks       EDEADLK if empty
 *  creel_queue_try_get           no       yes             yes           yes          yes
 *  creel_queue_task_done         no       yes             yes           yes          yes
 *  creel_queue_join              yes      suspends        suspends      blocks       EDEADLK unless done
 *  creel_queue_shutdown          no       yes             yes           yes          yes
 *  creel_queue_size              no       yes             yes           yes          yes
 *  creel_queue_maxsize           no       yes             yes           yes          yes
 *  creel_queue_destroy           no       yes             yes           yes          yes
 *
 * Any number of tasks, of pools and loops, and threads may put and get at the same time; each item goes to
 * exactly one of them. Those who wait for an item, or for room, are served in the order in which they came,
 * and nobody overtakes. A wait that ends by its timeout or by a cancellation loses nothing: what was to be put
 * is the caller's still, and what is in the queue is for the next. One to whom an item, or room, was given at
 * the same time has it: CREEL_OK, and a request to end stays pending for the task's next wait.
 *
 * After asyncio.Queue, LifoQueue and PriorityQueue, which belong to one loop.
 */
#ifndef CREEL_QUEUE_H
#define CREEL_QUEUE_H

#include <creel/attributes.h>
#include <creel/status.h>
#include <creel/task.h>
#include <creel/time.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct creel_queue creel_queue;

/* Which item comes out next. */
typedef enum creel_queue_order {
	CREEL_QUEUE_FIFO = 0,    /* the oldest */
	CREEL_QUEUE_LIFO = 1,    /* the youngest */
	CREEL_QUEUE_PRIORITY = 2 /* the one of the smallest number; of equal ones the oldest */
} creel_queue_order;

/* creel_queue_options: begin with CREEL_QUEUE_OPTIONS_INIT, then set what matters. In every field 0 is the
 * default. Fields are only ever appended; size tells the library which ones there are. */
typedef struct creel_queue_options {
	size_t size;             /* sizeof(creel_queue_options) */
	size_t maxsize;          /* so many items at most; 0: no limit */
	creel_queue_order order; /* of items; callers that wait are always served in turn */
	/* Called, by whoever shuts the queue down or destroys it, with each item that nobody got; may not
	   suspend. NULL: nothing is done with them. */
	creel_drop_fn *item_drop;
} creel_queue_options;

#define CREEL_QUEUE_OPTIONS_INIT \
	{ \
		sizeof(creel_queue_options), 0, CREEL_QUEUE_FIFO, NULL \
	}

/*
 * creel_queue_create() makes a queue, the caller's to destroy. NULL options mean defaults: first in, first
 * out, without a limit. NULL on failure; creel_last_error() has CREEL_EINVAL (an unknown order, or options of
 * a newer creel) or CREEL_ENOMEM.
 */
CREEL_API CREEL_NODISCARD creel_queue *creel_queue_create(const creel_queue_options *options);

/*
 * creel_queue_put() waits at most timeout for room, and puts the item in, which can be any pointer, NULL
 * too. On failure it is the caller's still. creel_queue_put_priority() gives it a number, in a queue of
 * that order; creel_queue_put() gives 0.
 *   CREEL_ETIMEDOUT   no room within timeout (0 polls)
 *   CREEL_ECANCELLED  the calling task was cancelled
 *   CREEL_ECLOSED     the queue was shut down, or destroyed while this call waited; or in the child of a fork
 *   CREEL_EDEADLK     must not suspend here
 *   CREEL_ENOMEM      no memory for the item, or no stack to suspend with
 *   CREEL_EINVAL      the queue is NULL, timeout negative, or a priority not 0 in a queue of another order
 */
CREEL_API creel_status creel_queue_put(creel_queue *queue, void *item, creel_duration timeout);
CREEL_API creel_status creel_queue_put_priority(
	creel_queue *queue, void *item, int64_t priority, creel_duration timeout);

/* creel_queue_try_put() does it now: CREEL_EFULL, or CREEL_ECLOSED, CREEL_ENOMEM, CREEL_EINVAL as above. */
CREEL_API creel_status creel_queue_try_put(creel_queue *queue, void *item);
CREEL_API creel_status creel_queue_try_put_priority(
	creel_queue *queue, void *item, int64_t priority);

/*
 * creel_queue_get() waits at most timeout for an item, takes it out and writes it to *item.
 *   CREEL_ETIMEDOUT   none within timeout (0 polls)
 *   CREEL_ECANCELLED  the calling task was cancelled
 *   CREEL_ECLOSED     shut down, and nothing is left; or as for creel_queue_put()
 *   CREEL_EDEADLK     must not suspend here
 *   CREEL_ENOMEM      no stack to suspend with
 *   CREEL_EINVAL      queue or item is NULL, or timeout negative
 */
CREEL_API creel_status creel_queue_get(creel_queue *queue, creel_duration timeout, void **item);

/* creel_queue_try_get() does it now: CREEL_EEMPTY, or CREEL_ECLOSED, CREEL_EINVAL as above. */
CREEL_API creel_status creel_queue_try_get(creel_queue *queue, void **item);

/*
 * creel_queue_task_done() says that the work on one item that was got is done. An item is unfinished from when
 * it is put until then. CREEL_ESTATE: none is; CREEL_EINVAL for NULL; CREEL_ECLOSED in the child of a fork.
 */
CREEL_API creel_status creel_queue_task_done(creel_queue *queue);

/* creel_queue_join() waits at most timeout until no item is unfinished. Answers as creel_queue_get(), but
 * CREEL_ECLOSED only when the queue was destroyed, or in the child of a fork. */
CREEL_API creel_status creel_queue_join(creel_queue *queue, creel_duration timeout);

/* How a queue is shut down. */
typedef enum creel_queue_shutdown_mode {
	CREEL_QUEUE_GRACEFUL = 0, /* what is in it can still be got */
	CREEL_QUEUE_IMMEDIATE = 1 /* what is in it is dropped, and not unfinished any more */
} creel_queue_shutdown_mode;

/*
 * creel_queue_shutdown() refuses items from now on: who puts, and who waits to, gets CREEL_ECLOSED, and so
 * does who gets when nothing is left. It may be called again, also with the stronger mode. CREEL_EINVAL: NULL,
 * or no such mode; CREEL_ECLOSED: in the child of a fork.
 */
CREEL_API creel_status creel_queue_shutdown(creel_queue *queue, creel_queue_shutdown_mode mode);

/* creel_queue_size() is how many items are in it at this moment. 0 for NULL and in the child of a fork. */
CREEL_API size_t creel_queue_size(const creel_queue *queue);

/* creel_queue_maxsize() is how many there may be at most; 0: no limit, or NULL. */
CREEL_API size_t creel_queue_maxsize(const creel_queue *queue);

/*
 * creel_queue_destroy() drops what is left in the queue and frees it. Who waits at it gets CREEL_ECLOSED;
 * nobody may begin a call on it afterwards. In the child of a fork nothing is dropped. NULL is fine.
 */
CREEL_API void creel_queue_destroy(creel_queue *queue);

#ifdef __cplusplus
}
#endif

#endif
