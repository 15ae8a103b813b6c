/* SPDX-License-Identifier: MIT */
/*
 * creel/stream.h: a function over a source of any length, with so many items under way at once.
 *
 *  function              blocks?  from a worker?  from a loop?  any thread?  from a callback?
 *  creel_stream_map      no       yes             yes           yes          yes
 *  creel_stream_then     no       yes             yes           yes          yes
 *  creel_stream_next     yes      suspends        suspends      blocks       EDEADLK if none
 *  creel_stream_run      yes      suspends        suspends      blocks       EDEADLK
 *  creel_stream_counts   no       yes             yes           yes          yes
 *  creel_stream_cancel   no       yes             yes           yes          yes
 *  creel_stream_destroy  yes      suspends        suspends      blocks       does not wait
 *
 *     source ──(one at a time)──► function, in parallel ──► creel_stream_next(), in order
 *        ▲                                                            │
 *        └────────────── an item goes in when one has come out ◄──────┘
 *
 * A stream asks its source for inputs, calls a function with each on a pool, and hands out what that
 * returns: in the order of the source, or as it is ready. At most `window` items are there at once, from
 * the source to the consumer's next call, so memory stays the same however many there are, and a slow
 * consumer slows the source down: while more than half of the window is ready for it, the source may rest.
 * Nothing is allocated for an item.
 *
 * The source and the function are called in tasks of the pool, so both may await, and a stream may be
 * used inside the tasks of another one, or of the same pool: one worker is enough. A task calls the
 * function for several items, one after the other: creel_current() is that task's.
 *
 * Who owns what: an input is the function's once it has been called with it, a result the consumer's
 * once it was handed out. What never gets so far goes to the options' input_drop or result_drop.
 */
#ifndef CREEL_STREAM_H
#define CREEL_STREAM_H

#include <creel/attributes.h>
#include <creel/pool.h>
#include <creel/status.h>
#include <creel/task.h>
#include <creel/time.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct creel_stream creel_stream;

/* What a source gives for one item; all NULL when it is called. */
typedef struct creel_stream_input {
	void *arg; /* what the function is called with; NULL is an input like others */
	void *tag; /* comes back with the result */
} creel_stream_input;

/*
 * A source: gives one more input. It is called by one task at a time, never for more than the window has room
 * for, and may await. Where it is called next is another task, perhaps, of another worker. It answers
 *   CREEL_OK       *out has an input
 *   CREEL_EEMPTY   there are no more: it is not called again
 *   CREEL_EFAILED  there is no such item, by the error of creel_fail(): the item has failed without its
 *                  function. With CREEL_STREAM_GO_ON the source is called again
 *   others         the same, with that code, but it is not called again
 */
typedef creel_status creel_source_fn(void *source, creel_stream_input *out);

/* What is handed out for one item. */
typedef struct creel_stream_item {
	void *value; /* what the function returned; NULL if it failed */
	void *tag;   /* the source's */
	size_t index; /* the how-manieth of the source it is, from 0; in a pipeline, of the first source */
} creel_stream_item;

/* How far a stream has come: so many items were given by the source, have ended (all that failed among
 * them), have failed, were handed out. */
typedef struct creel_stream_count {
	uint64_t given, ended, failed, handed_out;
} creel_stream_count;

/* Told how far a stream has come, from a worker, when items have ended: never twice at once, never less than
 * before, perhaps once for several. It may not suspend, and should be short. */
typedef void creel_progress_fn(const creel_stream_count *count, void *ctx);

/* Flags of a stream. Unknown bits are refused. */
#define CREEL_STREAM_AS_COMPLETED UINT32_C(1) /* hand out what is ready; not: in order */
#define CREEL_STREAM_GO_ON UINT32_C(2)        /* an item that failed does not end the stream */

/*
 * creel_stream_options: begin with CREEL_STREAM_OPTIONS_INIT. In every field 0 is the default. Fields
 * are only ever appended; size tells the library which ones there are.
 */
typedef struct creel_stream_options {
	size_t size;                 /* sizeof(creel_stream_options) */
	size_t window;               /* items that may be there at once, the one included that the
	                                consumer is busy with; 0: 32 for each worker of the pool */
	uint32_t flags;              /* CREEL_STREAM_... */
	creel_drop_fn *input_drop;   /* called with inputs that the function was never called with.
	                                NULL: none; of a stage of a pipeline: the result_drop before */
	creel_drop_fn *result_drop;  /* called with values that were never handed out. NULL: none */
	creel_progress_fn *progress; /* NULL: none */
	void *progress_ctx;
} creel_stream_options;

#define CREEL_STREAM_OPTIONS_INIT \
	{ \
		sizeof(creel_stream_options), 0, 0, NULL, NULL, NULL, NULL \
	}

/*
 * creel_stream_map() begins a stream: next(source, ...) gives the inputs, fn is called with each on the pool.
 * It goes on by itself until the window is full. The stream is the caller's, to be destroyed; the pool has
 * to outlive it, and the source until then. NULL opts means defaults. NULL on failure, when the source has not been
 * called; creel_last_error() has
 *   CREEL_EINVAL   pool, next or fn is NULL, flags are unknown, or options of a newer creel are set
 *   CREEL_ECLOSED  the pool is shut down; or in the child of a fork
 *   CREEL_EBROKEN  the pool is broken (see creel/pool.h)
 *   CREEL_ENOMEM   no memory
 * After Executor.map with buffersize, but the bound is strict.
 */
CREEL_API CREEL_NODISCARD creel_stream *creel_stream_map(creel_pool *pool, creel_source_fn *next,
	void *source, creel_fn *fn, const creel_stream_options *opts);

/*
 * creel_stream_then() is a pipeline's next stage: a stream whose source is another one, with a window, flags
 * and, unless NULL, a pool of its own. What failed before passes through, without fn; tags and indexes
 * stay. It takes `before` over, also where it fails: then that is destroyed. Destroying or cancelling the last
 * stage does so with all. NULL for `before` gives NULL and leaves creel_last_error(), so that a pipeline can
 * be made in one piece and looked at once. NULL on failure, as creel_stream_map().
 */
CREEL_API CREEL_NODISCARD creel_stream *creel_stream_then(
	creel_stream *before, creel_pool *pool, creel_fn *fn, const creel_stream_options *opts);

/*
 * creel_stream_next() waits at most timeout for the next item and writes it to *out. Any number of threads
 * and tasks may do so; each item goes to one. An item goes out only as it is handed over: neither a
 * timeout nor a cancellation loses one. The value is the caller's.
 *   CREEL_OK          *out has a value
 *   CREEL_EFAILED     an item has failed: *out tells which, creel_last_error() why (the code is CREEL_ECANCELLED
 *                     if it was cancelled). Without CREEL_STREAM_GO_ON it is the last: when it failed the source
 *                     was left, and what is behind it asked to end and dropped
 *   CREEL_EEMPTY      nothing will follow
 *   CREEL_ETIMEDOUT   nothing within timeout (0 polls); it may be called again
 *   CREEL_ECANCELLED  the calling task, or the stream, was cancelled, or the pool cancels its tasks
 *   CREEL_EDEADLK     must not suspend here, or the calling task is one of the stream's own
 *   CREEL_EINVAL      stream or out is NULL, or timeout negative
 *   CREEL_ENOMEM      no memory to go on with; nothing is lost, and it may be called again
 *   CREEL_ECLOSED     the pool is shut down, and what it has done was handed out; the stream was
 *                     destroyed meanwhile; or in the child of a fork
 *   CREEL_EBROKEN     the pool is broken, and what it has done was handed out
 * *out is written on CREEL_OK and CREEL_EFAILED alone.
 */
CREEL_API creel_status creel_stream_next(
	creel_stream *stream, creel_duration timeout, creel_stream_item *out);

/* Called by creel_stream_run() with each item: CREEL_OK, or CREEL_EFAILED and creel_last_error() tells why. */
typedef void creel_stream_each_fn(creel_status status, const creel_stream_item *item, void *ctx);

/*
 * creel_stream_run() takes all items, and calls each(status, item, ctx) with them, one at a time, in their
 * order. Off tasks, `each` is called in a task of the stream's pool, which spares the waking of a thread for
 * items. NULL for each: values go to result_drop. The stream is not destroyed.
 *   CREEL_OK       all went well, to the end
 *   CREEL_EFAILED  items have failed: creel_last_error() has the error of the first. With CREEL_STREAM_GO_ON all
 *                  others were taken; creel_stream_counts() tells how many
 *   CREEL_ECANCELLED, CREEL_EDEADLK, CREEL_EINVAL, CREEL_ENOMEM, CREEL_ECLOSED, CREEL_EBROKEN as
 *                  creel_stream_next()
 */
CREEL_API creel_status creel_stream_run(
	creel_stream *stream, creel_stream_each_fn *each, void *ctx);

/* creel_stream_counts() tells how far the stream has come. CREEL_EINVAL for NULL; CREEL_ECLOSED in the child of
 * a fork. */
CREEL_API creel_status creel_stream_counts(creel_stream *stream, creel_stream_count *out);

/*
 * creel_stream_cancel() ends the stream: the source is left, what runs is asked to end, and what was not
 * handed out will not be. creel_stream_next() answers CREEL_ECANCELLED then. One that has come to its end
 * stays as it is. Does not wait: creel_stream_destroy() does.
 *   CREEL_EINVAL   stream is NULL
 *   CREEL_ECLOSED  in the child of a fork
 */
CREEL_API creel_status creel_stream_cancel(creel_stream *stream);

/*
 * creel_stream_destroy() cancels the stream, waits until nothing of it runs, drops what was not handed out
 * and frees it. A request to end that comes to the calling task meanwhile stays pending. Where the caller may
 * not suspend, or is a task of the stream itself, it does not wait: the last task that runs does the rest. A
 * consumer that waits gets CREEL_ECLOSED; nobody may begin a call on the stream afterwards. NULL is fine.
 */
CREEL_API void creel_stream_destroy(creel_stream *stream);

#ifdef __cplusplus
}
#endif

#endif
