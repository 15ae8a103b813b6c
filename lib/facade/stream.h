/* SPDX-License-Identifier: MIT */
/*
 * stream.h: a stream: items that go from a source through a function to consumers, `window` of them at once.
 *
 * The work is done by *hands*: tasks of the pool that come, take what there is to do, and leave when there is
 * nothing. There are two things to do: to pull an input from the source, which one hand at a time does, and to
 * run the function for the item that has waited longest. So items begin in the order of the source, whichever
 * hand has them. Before it does either, a hand that sees more to do calls another one; at most one is on
 * its way at a time. So as many come, one after the other, as find something to do, and a hand that is held up,
 * by a source or a function that awaits, holds up nothing else. A consumer calls one when it has made room.
 *
 * Items
 *     FREE ──pull──► PULLED ──run──► RUNNING ──► DONE ──next──► FREE
 *                       └──(there is no such item)──►┘
 *   All but the free ones stand in `order`; PULLED in `waiting`; DONE in `done` too, if they go out as completed.
 *
 * The window counts what was pulled, and what was handed out and is not known to be done with: that it is when
 * the next call of next() begins. So the bound is strict: the source is never further ahead.
 *
 * The end
 *   over    the source is not called any more
 *   limit   items behind this number do not begin, and those that run are asked to end: an item has failed that
 *           ends the stream, or, with 0, it was cancelled
 *   ended   what next() answers from now on; the item that failed has been handed out, or it was cancelled
 *
 * All of that happens under one mutex, which is never held while the program's code runs.
 *
 * Lifetime  The stream is counted: the handle, each hand that was called, each consumer in next(). destroy()
 *           waits for the hands; where it may not wait, the last hand does the rest. A hand that never comes,
 *           for the pool has cancelled it, is noticed by a waker in its future, which a hand takes out when
 *           it comes: from then on nobody else can end it.
 *
 * Rejected  A task for each item: it costs an allocation and the way through the pool, and what one worker
 *           submits it runs newest first, the last of the window before the first.
 */
#ifndef CRL_FACADE_STREAM_H
#define CRL_FACADE_STREAM_H

#include "async/pace.h"
#include "base/list.h"
#include "runner/waiter.h"
#include "sync/mutex.h"
#include "task/task.h"

#include <creel/stream.h>

typedef struct crl_stream_slot {
	crl_list place; /* in `free`, `waiting` or `done` */
	crl_list order; /* in `order` */
	uint64_t number;
	bool done;
	void *arg, *tag;
	size_t index;
	void *value;
	const creel_error *failure; /* owned; NULL: it has not failed */
} crl_stream_slot;

/* A task that works for the stream, on its stack. */
typedef struct crl_hand {
	crl_list place; /* in `hands` */
	crl_task_frame *frame;
	creel_future *future; /* its own, a reference */
	uint64_t number;      /* of the item that it runs, or pulls */
	int64_t came;         /* when it began */
	bool asked;           /* to end */
} crl_hand;

/* Who waits in next(), or, for the hands, in destroy(). It is in `consumers` until it is to look. */
typedef struct crl_stream_waiting {
	crl_waiter waiter;
	crl_list place;
} crl_stream_waiting;

/* What was pulled: an input, or why there is none. */
typedef struct crl_pulled {
	creel_stream_input input;
	size_t index;
	const creel_error *failure; /* owned */
} crl_pulled;

/* What is handed out: an item, or, on CREEL_EFAILED, one with a failure. */
typedef struct crl_handed {
	creel_stream_item item;
	const creel_error *failure; /* owned */
} crl_handed;

struct creel_stream {
	unsigned generation;
	creel_pool *pool;
	creel_source_fn *next;
	void *source;
	creel_stream *before; /* the source, in a pipeline; NULL: next() is */
	creel_fn *fn;
	creel_stream_options options;
	crl_runtime *runtime; /* a reference; NULL: none */
	crl_values *values;   /* the same: what the hands begin with */

	crl_mutex lock; /* guards the rest */
	crl_list free, order, waiting, done;
	crl_list hands, consumers;
	size_t count;   /* of the window: pulled, and not known to be done with */
	size_t out;     /* of these, handed out */
	uint64_t limit; /* items behind this number do not begin */
	creel_stream_count counts;
	crl_pace pace;      /* of what is handed out */
	size_t indexed;     /* inputs of the source, by who pulls */
	bool pulling;       /* a hand is at the source */
	bool over;          /* which has no more, or is not to be called */
	bool told, telling; /* progress: all of it; somebody is at it */
	bool destroyed;
	bool left;            /* by destroy(): the last hand does the rest */
	creel_status ended;   /* CREEL_OK: not */
	bool called;          /* a hand is on its way; then: */
	creel_future *coming; /* the hand, a reference; NULL: not made yet */
	crl_waker dropped;    /* in `coming` */
	unsigned refs;
	crl_stream_slot slots[];
};

/* stream.c: is it there, and not inherited from before a fork? And what else is needed? */
creel_status crl_stream_check(const creel_stream *stream, const void *needed);

/* With the lock held: nothing behind this number begins, and what runs is asked to end; but not `self`. */
void crl_stream_stop(creel_stream *stream, uint64_t limit, const crl_hand *self);

/* With the lock held: let the first consumer look, or all. */
void crl_stream_wake_one(creel_stream *stream);
void crl_stream_wake_all(creel_stream *stream);

/* With the lock held, which is let go of: let a reference go; the last one frees. */
void crl_stream_leave(creel_stream *stream);

/* What never got where it should: no hand is there any more. */
void crl_stream_drop_rest(creel_stream *stream);

/* With the lock held: is the calling task one of the stream's? */
bool crl_stream_is_own(const creel_stream *stream);

/* stream_hand.c: with the lock held, which is let go of meanwhile: if there is something to do, and no hand
 * on its way, call one. CREEL_ENOMEM, CREEL_ECLOSED: it did not go. */
creel_status crl_stream_call(creel_stream *stream);

/* stream_next.c: as creel_stream_next(), but nothing is reported. */
creel_status crl_stream_take(creel_stream *stream, creel_duration timeout, crl_handed *out);

/* Report what take answered, other than an item. Returns the status. */
creel_status crl_stream_report(creel_status status);

/* With the lock held: is there an item that next() can hand out? NULL: none. */
crl_stream_slot *crl_stream_ready(const creel_stream *stream);

/* With the lock held: is all handed out, and will nothing follow? */
bool crl_stream_is_through(const creel_stream *stream);

static inline bool
crl_stream_has_flag(const creel_stream *stream, uint32_t flag)
{
	return stream->options.flags & flag;
}

#endif
