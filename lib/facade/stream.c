/* SPDX-License-Identifier: MIT */
/* stream.c: a stream's life: made, cancelled, destroyed; see stream.h. */
#include "facade/stream.h"

#include "base/clock.h"
#include "base/context.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/process.h"
#include "sync/spin.h"

/* Items in the window, for each worker, if the program does not say. */
#define WINDOW 32

creel_status
crl_stream_check(const creel_stream *stream, const void *needed)
{
	if (stream == NULL || needed == NULL)
		return crl_report(CREEL_EINVAL, "the stream or an argument is NULL");
	if (crl_unlikely(stream->generation != crl_generation()))
		return crl_report(CREEL_ECLOSED, "the stream was made before a fork");
	return CREEL_OK;
}

/* Set up all lists; the slots are free. */
static void
begin_lists(creel_stream *stream)
{
	crl_list_init(&stream->free);
	crl_list_init(&stream->order);
	crl_list_init(&stream->waiting);
	crl_list_init(&stream->done);
	crl_list_init(&stream->hands);
	crl_list_init(&stream->consumers);
	for (size_t i = 0; i < stream->options.window; i++)
		crl_list_push_back(&stream->free, &stream->slots[i].place);
}

static creel_stream *
make(creel_pool *pool, creel_fn *fn, const creel_stream_options *options)
{
	const size_t window =
		options->window != 0 ? options->window : WINDOW * creel_pool_size(pool);
	creel_stream *stream;
	size_t size;

	if (!crl_size_of(&size, sizeof *stream, window, sizeof stream->slots[0]) ||
		(stream = crl_alloc(size)) == NULL) {
		crl_report(CREEL_ENOMEM, "no memory for a stream");
		return NULL;
	}
	*stream = (creel_stream){.generation = crl_generation(),
		.pool = pool,
		.fn = fn,
		.options = *options,
		.runtime = crl_runtime_ref(crl_task_runtime()),
		.values = crl_values_ref(crl_values_self()),
		.limit = UINT64_MAX,
		.refs = 1};
	stream->options.window = window;
	crl_mutex_init(&stream->lock, CRL_RANK_STREAM);
	begin_lists(stream);
	return stream;
}

/* The first hand: if it cannot go, nothing has happened. */
static creel_stream *
begin(creel_stream *stream)
{
	creel_status status;

	crl_mutex_lock(&stream->lock);
	status = crl_stream_call(stream);
	crl_mutex_unlock(&stream->lock);
	if (status == CREEL_OK)
		return stream;
	creel_stream_destroy(stream);
	crl_report(status, "the pool does not take the stream's work");
	return NULL;
}

/* Make a stream of what may be wrong; NULL: it is, and that is reported. */
static creel_stream *
make_checked(creel_pool *pool, creel_fn *fn, const creel_stream_options *opts)
{
	creel_stream_options options;

	if (!crl_options_read(&options, sizeof options, opts) ||
		options.flags & ~(CREEL_STREAM_AS_COMPLETED | CREEL_STREAM_GO_ON)) {
		crl_report(CREEL_EINVAL, "there are options of a stream that are not known");
		return NULL;
	}
	if (pool == NULL || fn == NULL) {
		crl_report(CREEL_EINVAL, "the pool or the function is NULL");
		return NULL;
	}
	if (crl_pool_inherited(pool)) {
		crl_report(CREEL_ECLOSED, "the pool was made before a fork");
		return NULL;
	}
	return make(pool, fn, &options);
}

creel_stream *
creel_stream_map(creel_pool *pool, creel_source_fn *next, void *source, creel_fn *fn,
	const creel_stream_options *opts)
{
	creel_stream *stream;

	if (next == NULL) {
		crl_report(CREEL_EINVAL, "the source is NULL");
		return NULL;
	}
	if ((stream = make_checked(pool, fn, opts)) == NULL)
		return NULL;
	stream->next = next;
	stream->source = source;
	return begin(stream);
}

creel_stream *
creel_stream_then(
	creel_stream *before, creel_pool *pool, creel_fn *fn, const creel_stream_options *opts)
{
	creel_stream *stream;

	if (before == NULL)
		return NULL;
	stream = make_checked(pool != NULL ? pool : before->pool, fn, opts);
	if (stream == NULL) {
		creel_stream_destroy(before);
		return NULL;
	}
	stream->before = before;
	if (stream->options.input_drop == NULL)
		stream->options.input_drop = before->options.result_drop;
	return begin(stream);
}

creel_status
creel_stream_counts(creel_stream *stream, creel_stream_count *out)
{
	creel_status status = crl_stream_check(stream, out);

	if (status != CREEL_OK)
		return status;
	crl_mutex_lock(&stream->lock);
	*out = stream->counts;
	crl_mutex_unlock(&stream->lock);
	return CREEL_OK;
}

void
crl_stream_stop(creel_stream *stream, uint64_t limit, const crl_hand *self)
{
	stream->over = true;
	if (limit < stream->limit)
		stream->limit = limit;
	CRL_LIST_EACH (place, &stream->hands) {
		crl_hand *hand = CRL_CONTAINER_OF(place, crl_hand, place);

		if (hand->asked || hand->number <= limit || (self != NULL && hand == self))
			continue;
		hand->asked = true;
		crl_cancel_request(&hand->frame->task->cancel);
	}
}

creel_status
creel_stream_cancel(creel_stream *stream)
{
	creel_status status = crl_stream_check(stream, stream);

	if (status != CREEL_OK)
		return status;
	crl_mutex_lock(&stream->lock);
	if (stream->ended == CREEL_OK && !crl_stream_is_through(stream)) {
		stream->ended = CREEL_ECANCELLED;
		crl_stream_stop(stream, 0, NULL);
		crl_stream_wake_all(stream);
	}
	crl_mutex_unlock(&stream->lock);
	return stream->before != NULL ? creel_stream_cancel(stream->before) : CREEL_OK;
}

void
crl_stream_drop_rest(creel_stream *stream)
{
	crl_list *place;

	while ((place = crl_list_pop_front(&stream->order)) != NULL) {
		crl_stream_slot *slot = CRL_CONTAINER_OF(place, crl_stream_slot, order);

		if (!slot->done)
			crl_call_inhibited(stream->options.input_drop, slot->arg);
		else if (slot->failure == NULL)
			crl_call_inhibited(stream->options.result_drop, slot->value);
		crl_error_free(slot->failure);
	}
	creel_stream_destroy(stream->before);
	crl_runtime_unref(stream->runtime);
	crl_values_unref(stream->values);
}

void
crl_stream_leave(creel_stream *stream)
{
	const bool last = --stream->refs == 0;

	crl_mutex_unlock(&stream->lock);
	if (!last)
		return;
	crl_mutex_fini(&stream->lock);
	crl_free(stream);
}

/* With the lock held, which is let go of meanwhile: no hand is on its way any more. None is sent from now on. */
static void
call_off(creel_stream *stream)
{
	creel_future *coming = creel_future_ref(stream->coming);
	unsigned spins = 0;

	crl_mutex_unlock(&stream->lock);
	creel_future_cancel(coming);
	creel_future_unref(coming);
	crl_mutex_lock(&stream->lock);
	while (stream->called) { /* it has begun, or is being made, or its end is being told */
		crl_mutex_unlock(&stream->lock);
		crl_spin(&spins);
		crl_mutex_lock(&stream->lock);
	}
}

bool
crl_stream_is_own(const creel_stream *stream)
{
	const crl_task_frame *self = crl_task_self();

	CRL_LIST_EACH (place, &stream->hands)
		if (self != NULL &&
			CRL_CONTAINER_OF(place, crl_hand, place)->frame->task == self->task)
			return true;
	return false;
}

/* With the lock held, which is let go of meanwhile: wait for the last hand, as a consumer who takes nothing.
 * False: the hand has to do the rest. */
static bool
await_hands(creel_stream *stream)
{
	crl_stream_waiting self;
	creel_status status;

	while (!crl_list_empty(&stream->hands)) {
		if (crl_stream_is_own(stream))
			return false;
		crl_mutex_unlock(&stream->lock);
		status = crl_waiter_prepare(&self.waiter);
		crl_mutex_lock(&stream->lock);
		if (crl_list_empty(&stream->hands))
			return true;
		if (status != CREEL_OK)
			return false;
		crl_list_push_back(&stream->consumers, &self.place);
		crl_mutex_unlock(&stream->lock);
		crl_waiter_wait_through(&self.waiter, CRL_NEVER);
		crl_mutex_lock(&stream->lock);
	}
	return true;
}

void
creel_stream_destroy(creel_stream *stream)
{
	if (stream == NULL)
		return;
	if (crl_unlikely(stream->generation != crl_generation())) {
		creel_stream_destroy(stream->before);
		crl_free(stream);
		return;
	}
	if (stream->before != NULL)
		creel_stream_cancel(stream->before);
	crl_mutex_lock(&stream->lock);
	stream->destroyed = true;
	crl_stream_stop(stream, 0, NULL);
	crl_stream_wake_all(stream);
	if (stream->called)
		call_off(stream);
	stream->left = !await_hands(stream);
	if (!stream->left) {
		crl_mutex_unlock(&stream->lock);
		crl_stream_drop_rest(stream);
		crl_mutex_lock(&stream->lock);
	}
	crl_stream_leave(stream);
}
