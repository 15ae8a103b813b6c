/* SPDX-License-Identifier: MIT */
/*
 * completions.c: the completion queue: futures in, in any order; completions out, in order.
 *
 * Each future that is added gets an *entry*, a waker linked into the future. The completer's wake
 * moves the entry from the pending to the done list, or hands it straight to a waiting consumer. All
 * of that happens under one mutex. So an entry is in exactly one place, and never falls between a
 * consumer that gives up and one that goes on waiting.
 *
 * Entries
 *     PENDING ──completer──► DONE ──next──► (gone)
 *        │                    └──(a consumer waits)──► GIVEN ──next──► (gone)
 *        └──destroy──► (unlinked from its future, or awaited if the completer has it)
 *
 * Lifetime  the queue is counted: the handle, and each consumer inside next(). destroy() waits for
 *           completers that have already taken an entry from its future; their last access is the
 *           unlock of the mutex.
 */
#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
#include "base/mem.h"
#include "base/process.h"
#include "future/future.h"
#include "runner/waiter.h"
#include "sync/mutex.h"
#include "sync/spin.h"
#include "task/await.h"

#include <creel/completions.h>
#include <stdint.h>

typedef struct entry {
	crl_waker waker;
	creel_completions *queue;
	creel_future *future; /* a reference */
	void *tag;
	size_t index;
	crl_list place; /* in `pending` or `done` */
	bool in_batch;  /* one of creel_as_completed()'s, which are freed with the queue */
} entry;

/* A consumer that waits in next(). It is in `consumers` until something is given to it. */
typedef struct consumer {
	crl_waiter waiter;
	crl_list place;
	entry *given;
	bool last; /* it outlived destroy(), and frees the queue */
} consumer;

struct creel_completions {
	unsigned generation;
	crl_mutex lock; /* guards the rest */
	crl_list pending, done, consumers;
	size_t count; /* entries that are pending or done, and not yet given */
	size_t next_index;
	unsigned refs;
	bool closed;
	bool destroyed;
	entry batch[]; /* creel_as_completed()'s */
};

static entry *
of_place(crl_list *place)
{
	return CRL_CONTAINER_OF(place, entry, place);
}

/* With the lock held: let a waiting consumer go on, with an entry or with nothing. */
static void
give(consumer *to, entry *e)
{
	crl_list_unlink(&to->place);
	to->given = e;
	to->waiter.waker.wake(&to->waiter.waker);
}

/* With the lock held: if nothing will follow, the waiting consumers need not wait. */
static void
release_consumers(creel_completions *queue)
{
	if (!queue->destroyed && !(queue->closed && queue->count == 0))
		return;
	while (!crl_list_empty(&queue->consumers))
		give(CRL_CONTAINER_OF(queue->consumers.next, consumer, place), NULL);
}

/* With the lock held: an entry's future is done. */
static void
arrive(creel_completions *queue, entry *e)
{
	crl_list_unlink(&e->place);
	if (crl_list_empty(&queue->consumers)) {
		crl_list_push_back(&queue->done, &e->place);
		return;
	}
	queue->count--;
	give(CRL_CONTAINER_OF(queue->consumers.next, consumer, place), e);
	release_consumers(queue);
}

static void
wake_entry(crl_waker *waker)
{
	entry *e = CRL_CONTAINER_OF(waker, entry, waker);
	creel_completions *queue = e->queue;

	crl_mutex_lock(&queue->lock);
	arrive(queue, e);
	crl_mutex_unlock(&queue->lock);
}

static void
free_entry(entry *e)
{
	if (!e->in_batch)
		crl_free(e);
}

/* With the lock held: watch a future. */
static void
watch(creel_completions *queue, entry *e, creel_future *future, void *tag)
{
	e->waker.wake = wake_entry;
	e->queue = queue;
	e->future = creel_future_ref(future);
	e->tag = tag;
	e->index = queue->next_index++;
	queue->count++;
	crl_list_push_back(&queue->pending, &e->place);
	if (!crl_future_link(future, &e->waker))
		arrive(queue, e);
}

static creel_completions *
make_queue(size_t batch)
{
	creel_completions *queue;
	size_t size;

	if (!crl_size_of(&size, sizeof *queue, batch, sizeof queue->batch[0]) ||
		(queue = crl_alloc(size)) == NULL) {
		crl_report(CREEL_ENOMEM, "no memory for a completion queue");
		return NULL;
	}
	*queue = (creel_completions){.generation = crl_generation(), .refs = 1};
	crl_mutex_init(&queue->lock, CRL_RANK_COMPLETIONS);
	crl_list_init(&queue->pending);
	crl_list_init(&queue->done);
	crl_list_init(&queue->consumers);
	return queue;
}

static void
free_queue(creel_completions *queue)
{
	crl_mutex_fini(&queue->lock);
	crl_free(queue);
}

creel_completions *
creel_completions_create(void)
{
	return make_queue(0);
}

creel_completions *
creel_as_completed(creel_future *const futures[], size_t n)
{
	creel_completions *queue;
	bool valid = futures != NULL || n == 0;

	for (size_t i = 0; valid && i < n; i++)
		valid = futures[i] != NULL &&
			(creel_future_done(futures[i]) ||
				!crl_state_inherited(crl_future_state(futures[i])));
	if (!valid) {
		crl_report(CREEL_EINVAL, "a future is NULL, or was made before a fork");
		return NULL;
	}
	if ((queue = make_queue(n)) == NULL)
		return NULL;
	crl_mutex_lock(&queue->lock);
	for (size_t i = 0; i < n; i++) {
		queue->batch[i].in_batch = true;
		watch(queue, &queue->batch[i], futures[i], NULL);
	}
	queue->closed = true;
	crl_mutex_unlock(&queue->lock);
	return queue;
}

static creel_status
check(const creel_completions *queue, const void *needed)
{
	if (queue == NULL || needed == NULL)
		return crl_report(CREEL_EINVAL, "the queue or an argument is NULL");
	if (crl_unlikely(queue->generation != crl_generation()))
		return crl_report(CREEL_ECLOSED, "the queue was made before a fork");
	return CREEL_OK;
}

creel_status
creel_completions_add(creel_completions *queue, creel_future *future, void *tag)
{
	creel_status status = check(queue, future);
	bool closed;
	entry *e;

	if (status != CREEL_OK)
		return status;
	if (!creel_future_done(future) && crl_state_inherited(crl_future_state(future)))
		return crl_report(CREEL_ECLOSED, "the future was made before a fork");
	if ((e = crl_alloc(sizeof *e)) == NULL)
		return crl_report(CREEL_ENOMEM, "no memory to watch a future with");
	e->in_batch = false;
	crl_mutex_lock(&queue->lock);
	closed = queue->closed;
	if (!closed)
		watch(queue, e, future, tag);
	crl_mutex_unlock(&queue->lock);
	if (closed) {
		crl_free(e);
		return crl_report(CREEL_ECLOSED, "the queue is closed");
	}
	return CREEL_OK;
}

creel_status
creel_completions_close(creel_completions *queue)
{
	creel_status status = check(queue, queue);

	if (status != CREEL_OK)
		return status;
	crl_mutex_lock(&queue->lock);
	queue->closed = true;
	release_consumers(queue);
	crl_mutex_unlock(&queue->lock);
	return CREEL_OK;
}

/* With the lock held: take what is there: CREEL_OK and an entry, CREEL_EEMPTY, or CREEL_EPENDING. */
static creel_status
try_take(creel_completions *queue, entry **out)
{
	crl_list *place = crl_list_pop_front(&queue->done);

	if (place == NULL)
		return queue->closed && queue->count == 0 ? CREEL_EEMPTY : CREEL_EPENDING;
	*out = of_place(place);
	queue->count--;
	release_consumers(queue);
	return CREEL_OK;
}

/* Give what a consumer got to the program. */
static creel_status
hand_out(creel_status status, entry *e, creel_completion *out)
{
	if (status == CREEL_EEMPTY)
		return crl_report(CREEL_EEMPTY, "all completions have been handed out");
	if (status == CREEL_ECLOSED)
		return crl_report(CREEL_ECLOSED, "the queue was destroyed");
	if (status != CREEL_OK)
		return status;
	*out = (creel_completion){.future = e->future, .tag = e->tag, .index = e->index};
	free_entry(e);
	return CREEL_OK;
}

/* With the lock held: the consumer's wait is over. What did it get? */
static creel_status
conclude(creel_completions *queue, consumer *self, entry **out)
{
	crl_list_unlink(&self->place);
	if (!crl_waiter_done(&self->waiter))
		return CREEL_EPENDING;
	*out = self->given;
	if (self->given != NULL)
		return CREEL_OK;
	return queue->destroyed ? CREEL_ECLOSED : CREEL_EEMPTY;
}

/* Wait, if nothing is there now: as try_take(), or why the wait ended. */
static creel_status
take(creel_completions *queue, consumer *self, int64_t deadline, entry **out)
{
	creel_status status;

	crl_mutex_lock(&queue->lock);
	status = try_take(queue, out);
	if (status == CREEL_EPENDING) {
		self->given = NULL;
		crl_list_push_back(&queue->consumers, &self->place);
		queue->refs++;
	}
	crl_mutex_unlock(&queue->lock);
	if (status != CREEL_EPENDING)
		return status;

	crl_waiter_wait(&self->waiter, deadline);

	crl_mutex_lock(&queue->lock);
	status = conclude(queue, self, out);
	self->last = --queue->refs == 0;
	crl_mutex_unlock(&queue->lock);
	return status == CREEL_EPENDING ? crl_waiter_interrupted(&self->waiter) : status;
}

creel_status
creel_completions_next(creel_completions *queue, creel_duration timeout, creel_completion *out)
{
	creel_status status = check(queue, out);
	consumer self;
	entry *e = NULL;

	if (status != CREEL_OK)
		return status;
	if (timeout < 0)
		return crl_report(CREEL_EINVAL, "the timeout is negative");
	crl_mutex_lock(&queue->lock);
	status = try_take(queue, &e);
	crl_mutex_unlock(&queue->lock);
	if (status != CREEL_EPENDING)
		return hand_out(status, e, out);
	if (timeout == 0)
		return crl_await_poll();
	status = crl_waiter_prepare(&self.waiter);
	if (status != CREEL_OK)
		return status;
	crl_list_init(&self.place);
	self.last = false;
	status = take(queue, &self, crl_deadline(timeout), &e);
	status = hand_out(status, e, out);
	if (self.last)
		free_queue(queue);
	return status;
}

size_t
creel_completions_pending(const creel_completions *queue)
{
	creel_completions *mutable = (creel_completions *)(uintptr_t)queue;
	size_t count;

	if (queue == NULL || queue->generation != crl_generation())
		return 0;
	crl_mutex_lock(&mutable->lock);
	count = queue->count;
	crl_mutex_unlock(&mutable->lock);
	return count;
}

/* With the lock held: move what no completer has taken to `dead`. True: that was all. */
static bool
forget_pending(creel_completions *queue, crl_list *dead)
{
	CRL_LIST_EACH_SAFE (place, &queue->pending) {
		entry *e = of_place(place);

		if (crl_future_unlink(e->future, &e->waker)) {
			crl_list_unlink(place);
			crl_list_push_back(dead, place);
		}
	}
	crl_list_splice(dead, &queue->done);
	return crl_list_empty(&queue->pending);
}

void
creel_completions_destroy(creel_completions *queue)
{
	crl_list dead, *place;
	unsigned spins = 0;
	bool settled, last;

	if (queue == NULL)
		return;
	if (crl_unlikely(queue->generation != crl_generation())) {
		crl_free(queue);
		return;
	}
	crl_list_init(&dead);
	do {
		crl_mutex_lock(&queue->lock);
		queue->closed = true;
		queue->destroyed = true;
		release_consumers(queue);
		settled = forget_pending(queue, &dead);
		last = settled && --queue->refs == 0;
		crl_mutex_unlock(&queue->lock);
		if (!settled) /* a completer is between the future and our lock */
			crl_spin(&spins);
	} while (!settled);

	while ((place = crl_list_pop_front(&dead)) != NULL) {
		entry *e = of_place(place);

		creel_future_unref(e->future);
		free_entry(e);
	}
	if (last)
		free_queue(queue);
}
