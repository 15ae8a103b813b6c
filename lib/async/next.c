/* SPDX-License-Identifier: MIT */
/* next.c: the consumer's side of a completion queue; see completions.h. */
#include "async/completions.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
#include "sync/thread.h"

/* In nanoseconds: what is still to come must last for so long if a consumer is to nap. */
#define ENOUGH 1000000

/* With the lock held: take what is there: CREEL_OK and an entry, CREEL_EEMPTY, or CREEL_EPENDING. */
static creel_status
try_take(creel_completions *queue, crl_entry **out)
{
	crl_list *place = crl_list_pop_front(&queue->done);

	if (place == NULL)
		return queue->closed && queue->count == 0 ? CREEL_EEMPTY : CREEL_EPENDING;
	*out = CRL_CONTAINER_OF(place, crl_entry, place);
	queue->count--;
	queue->pace.given++;
	crl_completions_release(queue);
	return CREEL_OK;
}

/* Give what a consumer got to the program: an entry, or, where there is none, a status. */
static creel_status
hand_out(creel_status status, crl_entry *const *e, creel_completion *out)
{
	if (*e != NULL) {
		*out = (creel_completion){
			.future = (*e)->future, .tag = (*e)->tag, .index = (*e)->index};
		crl_completions_free_entry(*e);
		return CREEL_OK;
	}
	if (status == CREEL_EEMPTY)
		return crl_report(CREEL_EEMPTY, "all completions have been handed out");
	if (status == CREEL_ECLOSED)
		return crl_report(CREEL_ECLOSED, "the queue was destroyed");
	return crl_waiter_report(status);
}

/* With the lock held: the consumer's wait is over. What did it get? */
static creel_status
conclude(creel_completions *queue, crl_consumer *self, crl_entry **out)
{
	crl_list_unlink(&self->place);
	if (!crl_waiter_done(&self->waiter))
		return crl_waiter_interrupted(&self->waiter);
	*out = self->given;
	if (self->given != NULL)
		return CREEL_OK;
	return queue->destroyed ? CREEL_ECLOSED : CREEL_EEMPTY;
}

/* Nothing was there: wait. As try_take(), or why the wait ended. */
static creel_status
take(creel_completions *queue, int64_t deadline, crl_entry **out)
{
	static const crl_subject subject = {"waits for a completion", NULL, 0};
	crl_consumer self = {.given = NULL};
	creel_status status = crl_waiter_prepare(&self.waiter);

	if (status != CREEL_OK)
		return status;
	crl_mutex_lock(&queue->lock);
	status = queue->destroyed ? CREEL_ECLOSED : try_take(queue, out);
	if (status == CREEL_EPENDING)
		crl_list_push_back(&queue->consumers, &self.place);
	crl_mutex_unlock(&queue->lock);
	if (status != CREEL_EPENDING)
		return status;

	crl_waiter_says(&self.waiter, &subject);
	crl_waiter_wait(&self.waiter, deadline);

	crl_mutex_lock(&queue->lock);
	status = conclude(queue, &self, out);
	crl_mutex_unlock(&queue->lock);
	return status;
}

creel_status
creel_completions_next(creel_completions *queue, creel_duration timeout, creel_completion *out)
{
	creel_status status = crl_completions_check(queue, out);
	crl_entry *e = NULL;
	bool nap = false;

	if (status != CREEL_OK)
		return status;
	if (timeout < 0)
		return crl_report(CREEL_EINVAL, "the timeout is negative");
	crl_mutex_lock(&queue->lock);
	status = try_take(queue, &e);
	if (status == CREEL_EPENDING && timeout != 0) {
		queue->refs++; /* from here on destroy() leaves the queue to this call */
		nap = crl_pace_should_nap(&queue->pace, queue->count, ENOUGH);
	}
	crl_mutex_unlock(&queue->lock);
	if (status != CREEL_EPENDING)
		return hand_out(status, &e, out);
	if (timeout == 0)
		return crl_waiter_report(crl_waiter_poll());
	if (nap && timeout > CRL_PACE_NAP && crl_strand_self() == NULL)
		crl_thread_nap(CRL_PACE_NAP);

	status = hand_out(take(queue, crl_deadline(timeout), &e), &e, out);
	crl_completions_unref(queue);
	return status;
}
