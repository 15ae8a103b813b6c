/* SPDX-License-Identifier: MIT */
/* stream_next.c: the consumer's side of a stream; see stream.h. */
#include "facade/stream.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
#include "base/error.h"
#include "sync/thread.h"

/* In nanoseconds: what is under way must last for so long if a consumer is to nap. */
#define ENOUGH (2 * CRL_PACE_NAP)

crl_stream_slot *
crl_stream_ready(const creel_stream *stream)
{
	crl_stream_slot *slot;

	if (crl_stream_has_flag(stream, CREEL_STREAM_AS_COMPLETED)) {
		if (crl_list_empty(&stream->done))
			return NULL;
		return CRL_CONTAINER_OF(stream->done.next, crl_stream_slot, place);
	}
	if (crl_list_empty(&stream->order))
		return NULL;
	slot = CRL_CONTAINER_OF(stream->order.next, crl_stream_slot, order);
	return slot->done ? slot : NULL;
}

bool
crl_stream_is_through(const creel_stream *stream)
{
	return stream->over && !stream->pulling && crl_list_empty(&stream->order);
}

void
crl_stream_wake_one(creel_stream *stream)
{
	crl_list *place = crl_list_pop_front(&stream->consumers);

	if (place != NULL)
		crl_waker_wake(&CRL_CONTAINER_OF(place, crl_stream_waiting, place)->waiter.waker);
}

void
crl_stream_wake_all(creel_stream *stream)
{
	while (!crl_list_empty(&stream->consumers))
		crl_stream_wake_one(stream);
}

/* With the lock held: take an item out. */
static creel_status
hand_out(creel_stream *stream, crl_stream_slot *slot, crl_handed *out)
{
	out->item =
		(creel_stream_item){.value = slot->value, .tag = slot->tag, .index = slot->index};
	out->failure = slot->failure;
	crl_list_unlink(&slot->order);
	crl_list_unlink(&slot->place);
	crl_list_push_front(&stream->free, &slot->place);
	stream->out++;
	stream->counts.handed_out++;
	stream->pace.given++;
	if (crl_unlikely(out->failure != NULL) && !crl_stream_has_flag(stream, CREEL_STREAM_GO_ON))
		stream->ended = CREEL_EEMPTY;
	if (stream->ended != CREEL_OK || crl_stream_is_through(stream))
		crl_stream_wake_all(stream);
	else if (crl_stream_ready(stream) != NULL)
		crl_stream_wake_one(stream);
	return out->failure == NULL ? CREEL_OK : CREEL_EFAILED;
}

/* With the lock held: CREEL_OK or CREEL_EFAILED and an item; CREEL_EPENDING; or why there is none. */
static creel_status
try_take(creel_stream *stream, crl_handed *out)
{
	crl_stream_slot *slot;

	if (crl_unlikely(stream->destroyed))
		return CREEL_ECLOSED;
	if (stream->ended != CREEL_OK)
		return stream->ended;
	if ((slot = crl_stream_ready(stream)) != NULL)
		return hand_out(stream, slot, out);
	return crl_stream_is_through(stream) ? CREEL_EEMPTY : CREEL_EPENDING;
}

/* With the lock held, which is let go of meanwhile: nothing is there. CREEL_EPENDING if somebody works on it, else
 * why nobody does. */
static creel_status
have_it_made(creel_stream *stream)
{
	creel_status status = crl_stream_call(stream);

	return status == CREEL_OK || !crl_list_empty(&stream->hands) ? CREEL_EPENDING : status;
}

/* With the lock held: is so much ready that the consumer need not call a hand for the room that it makes? One for
 * each item would cost more than many an item. */
static bool
has_plenty(const creel_stream *stream)
{
	const uint64_t ready = stream->counts.ended - stream->counts.handed_out;

	return ready > stream->options.window / 2;
}

/* With the lock held: as try_take(), but there is somebody who works on what is pending. */
static creel_status
take(creel_stream *stream, crl_handed *out)
{
	creel_status status = try_take(stream, out), call;

	if (status == CREEL_EPENDING) {
		call = have_it_made(stream);
		status = try_take(stream, out); /* the lock was let go of */
		return status == CREEL_EPENDING ? call : status;
	}
	if (status == CREEL_OK && !has_plenty(stream))
		crl_stream_call(stream); /* what cannot come now is told when nothing is left */
	return status;
}

/* With the lock held, which is let go of meanwhile: wait until it is time to look: CREEL_OK; or why not. */
static creel_status
wait(creel_stream *stream, crl_stream_waiting *self, int64_t deadline)
{
	crl_mutex_unlock(&stream->lock);
	crl_waiter_wait(&self->waiter, deadline);
	crl_mutex_lock(&stream->lock);
	crl_list_unlink(&self->place);
	return crl_waiter_done(&self->waiter) ? CREEL_OK : CREEL_EPENDING;
}

/* With the lock held, which is let go of meanwhile: nothing is there. A thread may do better to look again. */
static void
nap(creel_stream *stream, int64_t deadline)
{
	const size_t left = (size_t)(stream->counts.given - stream->counts.ended);

	if (crl_strand_self() != NULL || !crl_may_suspend() ||
		!crl_pace_should_nap(&stream->pace, left, ENOUGH) ||
		deadline - crl_now() < CRL_PACE_NAP)
		return;
	crl_mutex_unlock(&stream->lock);
	crl_thread_nap(CRL_PACE_NAP);
	crl_mutex_lock(&stream->lock);
}

/* With the lock held, which is let go of meanwhile: as take(), but wait for what is pending. */
static creel_status
take_within(creel_stream *stream, int64_t deadline, crl_handed *out)
{
	creel_status status;
	crl_stream_waiting self;

	if (crl_stream_is_own(stream))
		return CREEL_EDEADLK;
	nap(stream, deadline);
	do {
		crl_mutex_unlock(&stream->lock);
		status = crl_waiter_prepare(&self.waiter);
		crl_mutex_lock(&stream->lock);
		if (status != CREEL_OK)
			return status;
		if ((status = take(stream, out)) != CREEL_EPENDING)
			return status;
		crl_list_push_back(&stream->consumers, &self.place);
	} while (wait(stream, &self, deadline) == CREEL_OK);
	status = try_take(stream, out);
	return status == CREEL_EPENDING ? crl_waiter_interrupted(&self.waiter) : status;
}

creel_status
crl_stream_report(creel_status status)
{
	switch ((int)status) {
	case CREEL_EEMPTY:
		return crl_report(status, "all of the stream has been handed out");
	case CREEL_ECLOSED:
		return crl_report(status, "the stream was destroyed, or its pool shut down");
	case CREEL_EBROKEN:
		return crl_report(status, "the stream's pool is broken");
	case CREEL_ECANCELLED:
		return crl_report(status, creel_cancel_requested()
						  ? "the calling task was asked to end"
						  : "the stream was cancelled");
	default:
		return crl_waiter_report(status);
	}
}

creel_status
crl_stream_take(creel_stream *stream, creel_duration timeout, crl_handed *out)
{
	creel_status status;

	crl_mutex_lock(&stream->lock);
	stream->refs++;
	if (stream->out > 0) { /* what was handed out before is done with */
		stream->out--;
		stream->count--;
	}
	status = take(stream, out);
	if (status == CREEL_EPENDING)
		status = timeout == 0 ? crl_waiter_poll()
				      : take_within(stream, crl_deadline(timeout), out);
	crl_stream_leave(stream);
	return status;
}

creel_status
creel_stream_next(creel_stream *stream, creel_duration timeout, creel_stream_item *out)
{
	creel_status status = crl_stream_check(stream, out);
	crl_handed handed = {.failure = NULL};

	if (status != CREEL_OK)
		return status;
	if (timeout < 0)
		return crl_report(CREEL_EINVAL, "the timeout is negative");
	status = crl_stream_take(stream, timeout, &handed);
	if (status != CREEL_OK && status != CREEL_EFAILED)
		return crl_stream_report(status);
	*out = handed.item;
	if (status == CREEL_EFAILED) {
		crl_report_error(handed.failure);
		crl_error_free(handed.failure);
	}
	return status;
}
