/* SPDX-License-Identifier: MIT */
/* completions.c: the queue's life, what goes in, and its end; see completions.h. */
#include "async/completions.h"

#include "base/attr.h"
#include "base/context.h"
#include "base/mem.h"
#include "base/process.h"
#include "sync/spin.h"

#include <stdint.h>

static crl_entry *
of_place(crl_list *place)
{
	return CRL_CONTAINER_OF(place, crl_entry, place);
}

/* With the lock held: let a waiting consumer go on, with an entry or with nothing. */
static void
give(crl_consumer *to, crl_entry *e)
{
	crl_list_unlink(&to->place);
	to->given = e;
	crl_waker_wake(&to->waiter.waker);
}

/* With the lock held: if nothing will follow, the waiting consumers need not wait. */
void
crl_completions_release(creel_completions *queue)
{
	if (!queue->destroyed && !(queue->closed && queue->count == 0))
		return;
	while (!crl_list_empty(&queue->consumers))
		give(CRL_CONTAINER_OF(queue->consumers.next, crl_consumer, place), NULL);
}

/* With the lock held: an entry's future is done. */
static void
arrive(creel_completions *queue, crl_entry *e)
{
	crl_list_unlink(&e->place);
	if (crl_list_empty(&queue->consumers)) {
		crl_list_push_back(&queue->done, &e->place);
		return;
	}
	queue->count--;
	queue->pace.given++;
	give(CRL_CONTAINER_OF(queue->consumers.next, crl_consumer, place), e);
	crl_completions_release(queue);
}

static void
wake_entry(crl_waker *waker)
{
	crl_entry *e = CRL_CONTAINER_OF(waker, crl_entry, waker);
	creel_completions *queue = e->queue;

	crl_mutex_lock(&queue->lock);
	arrive(queue, e);
	crl_mutex_unlock(&queue->lock);
}

static crl_wake *const by_entry = wake_entry;

void
crl_completions_free_entry(crl_entry *e)
{
	if (!e->in_batch)
		crl_free(e);
}

/* With the lock held, or while nobody else knows the queue: an entry for a future, which is to be linked. */
static void
enter(creel_completions *queue, crl_entry *e, creel_future *future, void *tag)
{
	e->waker.wake = &by_entry;
	e->queue = queue;
	e->future = creel_future_ref(future);
	e->tag = tag;
	e->index = queue->next_index++;
	queue->count++;
	crl_list_push_back(&queue->pending, &e->place);
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

creel_completions *
creel_completions_create(void)
{
	return make_queue(0);
}

/* Can this future be watched? */
static creel_status
check_future(const creel_future *future)
{
	if (future == NULL)
		return crl_report(CREEL_EINVAL, "a future is NULL");
	if (crl_future_is_lost(future))
		return crl_report(CREEL_ECLOSED, "a future was made before a fork");
	return CREEL_OK;
}

creel_completions *
creel_as_completed(creel_future *const futures[], size_t n)
{
	creel_completions *queue;

	if (futures == NULL && n > 0) {
		crl_report(CREEL_EINVAL, "the array of futures is NULL");
		return NULL;
	}
	/* First the memory: for more than can be there are no futures to look at. */
	if ((queue = make_queue(n)) == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (check_future(futures[i]) != CREEL_OK) {
			crl_completions_unref(queue);
			return NULL;
		}
	for (size_t i = 0; i < n; i++) {
		queue->batch[i].in_batch = true;
		enter(queue, &queue->batch[i], futures[i], NULL);
	}
	queue->closed = true;
	/* From the first link on there are completers. They are not to wait until all are linked. */
	for (size_t i = 0; i < n; i++)
		if (!crl_future_link(futures[i], &queue->batch[i].waker))
			wake_entry(&queue->batch[i].waker);
	return queue;
}

creel_status
crl_completions_check(const creel_completions *queue, const void *needed)
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
	creel_status status = crl_completions_check(queue, future);
	bool closed;
	crl_entry *e;

	if (status != CREEL_OK)
		return status;
	if ((status = check_future(future)) != CREEL_OK)
		return status;
	if ((e = crl_alloc(sizeof *e)) == NULL)
		return crl_report(CREEL_ENOMEM, "no memory to watch a future with");
	e->in_batch = false;
	crl_mutex_lock(&queue->lock);
	closed = queue->closed;
	if (!closed) {
		enter(queue, e, future, tag);
		if (!crl_future_link(future, &e->waker))
			arrive(queue, e);
	}
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
	creel_status status = crl_completions_check(queue, queue);

	if (status != CREEL_OK)
		return status;
	crl_mutex_lock(&queue->lock);
	queue->closed = true;
	crl_completions_release(queue);
	crl_mutex_unlock(&queue->lock);
	return CREEL_OK;
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
		crl_entry *e = of_place(place);

		if (crl_future_unlink(e->future, &e->waker)) {
			crl_list_unlink(place);
			crl_list_push_back(dead, place);
		}
	}
	crl_list_splice(dead, &queue->done);
	return crl_list_empty(&queue->pending);
}

/* Begin the end: nobody waits or adds any more, and what no completer has taken is in `dead`. */
static void
tear_down(creel_completions *queue, crl_list *dead)
{
	unsigned spins = 0;
	bool settled;

	for (;;) {
		crl_mutex_lock(&queue->lock);
		queue->closed = true;
		queue->destroyed = true;
		crl_completions_release(queue);
		settled = forget_pending(queue, dead);
		crl_mutex_unlock(&queue->lock);
		if (settled)
			return;
		crl_spin(&spins); /* a completer is between its future and our lock */
	}
}

void
crl_completions_unref(creel_completions *queue)
{
	bool last;

	crl_mutex_lock(&queue->lock);
	last = --queue->refs == 0;
	crl_mutex_unlock(&queue->lock);
	if (!last)
		return;
	crl_mutex_fini(&queue->lock);
	crl_free(queue);
}

void
creel_completions_destroy(creel_completions *queue)
{
	crl_list dead, *place;

	if (queue == NULL)
		return;
	if (crl_unlikely(queue->generation != crl_generation())) {
		crl_free(queue);
		return;
	}
	crl_list_init(&dead);
	tear_down(queue, &dead);
	while ((place = crl_list_pop_front(&dead)) != NULL) {
		crl_entry *e = of_place(place);

		creel_future_unref(e->future);
		crl_completions_free_entry(e);
	}
	crl_completions_unref(queue);
}
