/* SPDX-License-Identifier: MIT */
/* stream_hand.c: those who work for a stream: they pull inputs and run the function; see stream.h. */
#include "facade/stream.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
#include "base/error.h"

/* In nanoseconds: when a hand has worked for so long it leaves, and another one comes, after what else waits for the
 * worker. */
#define SHIFT 100000

static bool
may_pull(const creel_stream *stream)
{
	return !stream->over && !stream->pulling && stream->count < stream->options.window;
}

static bool
may_run(const creel_stream *stream)
{
	crl_list *first = stream->waiting.next;

	return !crl_list_empty(&stream->waiting) &&
	       CRL_CONTAINER_OF(first, crl_stream_slot, place)->number < stream->limit;
}

/* The hand that was to come has been cancelled by its pool, or the pool is broken. */
static void
wake_dropped(crl_waker *waker)
{
	creel_stream *stream = CRL_CONTAINER_OF(waker, creel_stream, dropped);

	crl_mutex_lock(&stream->lock);
	creel_future_error(stream->coming); /* looked at: it is told by the next call */
	creel_future_unref(stream->coming); /* not the last: whoever ends it has one */
	stream->coming = NULL;
	stream->called = false;
	stream->refs--; /* nor is this, while a handle is there: destroy() waits */
	crl_stream_wake_all(stream);
	crl_mutex_unlock(&stream->lock);
}

static crl_wake *const by_dropped = wake_dropped;

static void *run_hand(void *arg);

/* With the lock held: have the task run, and notice if it never does. */
static creel_status
send(creel_stream *stream, crl_task *task)
{
	if (task == NULL)
		return CREEL_ENOMEM;
	stream->dropped.wake = &by_dropped;
	crl_future_link(&task->future, &stream->dropped);
	stream->coming = &task->future;
	stream->refs++;
	if (!stream->destroyed && crl_task_push(stream->pool, task))
		return CREEL_OK;
	crl_future_unlink(&task->future, &stream->dropped);
	stream->coming = NULL;
	stream->refs--;
	return stream->destroyed ? CREEL_ECLOSED
				 : (creel_status)crl_pool_refusal(stream->pool)->code;
}

creel_status
crl_stream_call(creel_stream *stream)
{
	const crl_task_spec spec = {.fn = run_hand,
		.arg = stream,
		.holders = 1,
		.unbounded = true,
		.runtime = stream->runtime,
		.values = &stream->values};
	creel_status status;
	crl_task *task;

	if (stream->called || !(may_pull(stream) || may_run(stream)))
		return CREEL_OK;
	stream->called = true;
	crl_mutex_unlock(&stream->lock);
	task = crl_task_new(stream->pool, &spec);
	crl_mutex_lock(&stream->lock);
	status = send(stream, task);
	if (crl_likely(status == CREEL_OK))
		return CREEL_OK;
	if (task != NULL) {
		crl_mutex_unlock(&stream->lock);
		crl_task_discard(task);
		crl_mutex_lock(&stream->lock);
	}
	stream->called = false;
	crl_stream_wake_all(stream); /* who has waited for it meanwhile */
	return status;
}

/* With the lock held: tell the program how far it has come, unless another does, who does it again then. */
static void
tell_progress(creel_stream *stream)
{
	stream->told = false;
	if (stream->telling)
		return;
	stream->telling = true;
	while (!stream->told) {
		const creel_stream_count count = stream->counts;
		crl_inhibition inhibition;

		stream->told = true;
		crl_mutex_unlock(&stream->lock);
		inhibition = crl_inhibit();
		stream->options.progress(&count, stream->options.progress_ctx);
		crl_inhibit_end(inhibition);
		crl_mutex_lock(&stream->lock);
	}
	stream->telling = false;
}

/* With the lock held: an item has ended. */
static void
finish(creel_stream *stream, crl_hand *self, crl_stream_slot *slot)
{
	const bool as_completed = crl_stream_has_flag(stream, CREEL_STREAM_AS_COMPLETED);

	stream->counts.ended++;
	stream->counts.failed += slot->failure != NULL;
	if (stream->options.progress != NULL)
		tell_progress(stream);
	slot->done = true;
	if (as_completed)
		crl_list_push_back(&stream->done, &slot->place);
	if (crl_unlikely(slot->failure != NULL) && !crl_stream_has_flag(stream, CREEL_STREAM_GO_ON))
		crl_stream_stop(stream, as_completed ? 0 : slot->number, self);
	if (crl_stream_ready(stream) == slot)
		crl_stream_wake_one(stream);
}

/* By a hand, whose task's failure is its own as long as it runs. NULL: there was none. */
static const creel_error *
take_said(crl_hand *self)
{
	return self->frame->failure != NULL ? crl_task_take_failure(self->frame) : NULL;
}

/* Why there is no input, other than by the word of creel_fail(). */
static const creel_error *
failure_of(crl_hand *self, creel_status status)
{
	creel_fail_at(NULL, 0, (int)status, "the source: %s", creel_status_text(status));
	return take_said(self);
}

/* Ask the program's source. */
static creel_status
pull_from_source(creel_stream *stream, crl_hand *self, crl_pulled *pulled)
{
	const creel_status status = stream->next(stream->source, &pulled->input);
	const creel_error *said;

	if (crl_unlikely(crl_task_self() != self->frame))
		return status;
	said = take_said(self);
	pulled->index = stream->indexed++;
	if (crl_likely(status == CREEL_OK || status == CREEL_EEMPTY)) {
		crl_error_free(said);
	} else if (said != NULL && (status == CREEL_EFAILED || said->code == (int)status)) {
		pulled->failure = said;
	} else {
		crl_error_free(said);
		pulled->failure = failure_of(self, status);
	}
	return status;
}

/* Ask the stage before. */
static creel_status
pull_from_stage(creel_stream *stream, crl_hand *self, crl_pulled *pulled)
{
	crl_handed handed;
	const creel_status status = crl_stream_take(stream->before, CREEL_FOREVER, &handed);

	if (status == CREEL_OK || status == CREEL_EFAILED) {
		pulled->input.arg = handed.item.value;
		pulled->input.tag = handed.item.tag;
		pulled->index = handed.item.index;
		pulled->failure = handed.failure;
	} else if (status != CREEL_EEMPTY) {
		pulled->index = stream->indexed;
		pulled->failure = failure_of(self, status);
	}
	stream->indexed = pulled->index + 1;
	return status;
}

/* With the lock held: what was pulled becomes an item. */
static void
accept(creel_stream *stream, crl_hand *self, crl_stream_slot *slot, const crl_pulled *pulled)
{
	slot->number = self->number;
	slot->done = false;
	slot->arg = pulled->input.arg;
	slot->tag = pulled->input.tag;
	slot->index = pulled->index;
	slot->value = NULL;
	slot->failure = pulled->failure;
	stream->counts.given++;
	crl_list_push_back(&stream->order, &slot->order);
	if (crl_likely(slot->failure == NULL))
		crl_list_push_back(&stream->waiting, &slot->place);
	else
		finish(stream, self, slot);
}

/* With the lock held: there are no more, or no others. */
static void
reject(creel_stream *stream, crl_stream_slot *slot)
{
	stream->count--;
	crl_list_push_front(&stream->free, &slot->place);
	stream->over = true;
	if (crl_stream_is_through(stream))
		crl_stream_wake_all(stream);
}

/* With the lock held, which is let go of meanwhile: get an input. False: this is the child of a fork. */
static bool
pull(creel_stream *stream, crl_hand *self)
{
	crl_list *place = crl_list_pop_front(&stream->free);
	crl_stream_slot *slot = CRL_CONTAINER_OF(place, crl_stream_slot, place);
	crl_pulled pulled = {.failure = NULL};
	creel_status status;

	stream->pulling = true;
	stream->count++;
	self->number = stream->counts.given + 1;
	crl_stream_call(stream);
	crl_mutex_unlock(&stream->lock);
	status = stream->before != NULL ? pull_from_stage(stream, self, &pulled)
					: pull_from_source(stream, self, &pulled);
	if (crl_unlikely(crl_task_self() != self->frame))
		return false;
	crl_task_between(self->frame);
	crl_mutex_lock(&stream->lock);
	stream->pulling = false;
	if (status != CREEL_OK && status != CREEL_EFAILED)
		stream->over = true;
	if (crl_unlikely(status == CREEL_EEMPTY))
		reject(stream, slot);
	else
		accept(stream, self, slot, &pulled);
	return true;
}

/* With the lock held, which is let go of meanwhile: run the function for an item. False: as above. */
static bool
run(creel_stream *stream, crl_hand *self)
{
	crl_list *place = crl_list_pop_front(&stream->waiting);
	crl_stream_slot *slot = CRL_CONTAINER_OF(place, crl_stream_slot, place);
	const creel_error *failure = NULL;
	void *value;

	self->number = slot->number;
	crl_stream_call(stream);
	crl_mutex_unlock(&stream->lock);
	value = stream->fn(slot->arg);
	if (crl_unlikely(crl_task_self() != self->frame))
		return false;
	if (crl_unlikely(value == crl_fail_sentinel())) {
		value = NULL;
		failure = crl_task_take_failure(self->frame);
	} else {
		crl_error_free(take_said(self));
	}
	crl_task_between(self->frame);
	crl_mutex_lock(&stream->lock);
	slot->value = value;
	slot->failure = failure;
	finish(stream, self, slot);
	return true;
}

/* With the lock held, which is let go of meanwhile: has the hand done enough, and is another there to go on? */
static bool
is_relieved(creel_stream *stream, const crl_hand *self)
{
	return crl_now() - self->came > SHIFT && crl_stream_call(stream) == CREEL_OK;
}

/* With the lock held, which is let go of meanwhile: do all there is to do. False: as above. */
static bool
work(creel_stream *stream, crl_hand *self)
{
	while (!self->asked && !creel_cancel_requested()) {
		bool at_home = true;

		if (may_pull(stream))
			at_home = pull(stream, self);
		else if (may_run(stream))
			at_home = run(stream, self);
		else
			return true;
		if (crl_unlikely(!at_home))
			return false;
		self->number = 0;
		if (is_relieved(stream, self))
			return true;
	}
	return true;
}

/* The hand that was called is there. */
static void
come(creel_stream *stream, crl_hand *self)
{
	self->future = stream->coming;
	crl_future_unlink(self->future, &stream->dropped);
	stream->coming = NULL;
	stream->called = false;
	crl_list_push_back(&stream->hands, &self->place);
	if (crl_likely(!creel_cancel_requested()))
		return;
	/* The pool cancels all it has: another one would fare no better. */
	if (stream->ended == CREEL_OK && !crl_stream_is_through(stream))
		stream->ended = CREEL_ECANCELLED;
	crl_stream_stop(stream, 0, self);
	crl_stream_wake_all(stream);
}

/* With the lock held, which is let go of. What is left to do is left to another one. */
static void
leave(creel_stream *stream, crl_hand *self)
{
	creel_status status = crl_stream_call(stream);

	crl_list_unlink(&self->place);
	if (crl_list_empty(&stream->hands)) {
		if (stream->left) {
			crl_mutex_unlock(&stream->lock);
			crl_stream_drop_rest(stream);
			crl_mutex_lock(&stream->lock);
		} else if (stream->destroyed || status != CREEL_OK) {
			crl_stream_wake_all(
				stream); /* they call another one, or are told why not */
		}
	}
	crl_stream_leave(stream);
	creel_future_unref(self->future);
}

/* The task. */
static void *
run_hand(void *arg)
{
	creel_stream *stream = arg;
	crl_hand self = {.frame = crl_task_self(), .came = crl_now()};

	crl_mutex_lock(&stream->lock);
	come(stream, &self);
	if (crl_likely(work(stream, &self)))
		leave(stream, &self);
	return NULL;
}
