/* SPDX-License-Identifier: MIT */
/*
 * wait.c: wait for some of many.
 *
 * Each future that is not done gets a waker, in one block on the heap; the one that makes the condition
 * true wakes the caller. At the end all wakers are taken out again. One that cannot be is being woken:
 * the caller sees it come, for its memory is about to go.
 *
 * Ordering (release -> acquire, what it publishes)
 *   [WT1] wake: store of `over`, its last access -> the caller: load    the waker is nobody's
 *   `missing` is a count that stands for itself, relaxed: each future is looked at again afterwards.
 */
#include "async/combine.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
#include "base/error.h"
#include "base/mem.h"
#include "runner/waiter.h"
#include "sync/spin.h"
#include "task/task.h"

#include <creel/combine.h>

#include <string.h>

#define SCRATCH 64

typedef struct wait_set wait_set;

/* Of a future; knows its set by where the function stands that wakes it. */
typedef struct watch {
	crl_waker waker;
	crl_atomic(bool) over;
	bool linked;
} watch;

struct wait_set {
	crl_waiter waiter;
	crl_wake *wake; /* that of the watches' wakers */
	creel_future *const *futures;
	creel_return_when when;
	crl_atomic(size_t) missing; /* to be done, or 1: for the first */
	size_t tried;               /* so many watches have been linked, or found done */
	watch watches[];
};

/* What one look at each of them found. */
typedef struct survey {
	size_t ndone;
	size_t leading;         /* so many that are done stand first */
	bool exception;         /* one has failed */
	size_t others[SCRATCH]; /* where the others are that are done, as far as there is room */
} survey;

static bool
is_exception(const creel_future *future)
{
	return crl_state_phase(crl_future_state(future)) == CRL_ERROR;
}

/* One more is done: does the condition hold by that? Only one gets true. */
static bool
satisfies(wait_set *set, const creel_future *future)
{
	if (set->when == CREEL_FIRST_EXCEPTION && is_exception(future))
		return crl_exchange(&set->missing, 0, relaxed) != 0;
	for (size_t missing = crl_load(&set->missing, relaxed); missing != 0;)
		if (crl_cas_weak(&set->missing, &missing, missing - 1, relaxed, relaxed))
			return missing == 1;
	return false;
}

static void
wake(crl_waker *waker)
{
	watch *w = CRL_CONTAINER_OF(waker, watch, waker);
	wait_set *set = CRL_CONTAINER_OF((crl_wake **)(uintptr_t)waker->wake, wait_set, wake);

	if (satisfies(set, set->futures[w - set->watches]))
		crl_waker_wake(&set->waiter.waker);
	crl_store(&w->over, true, release); /* [WT1] */
}

/* Move those that are done first; both parts keep their order. Returns how many are done. */
static size_t
partition(creel_future *futures[], size_t n)
{
	creel_future *done[SCRATCH];
	size_t ndone = 0, end = 0;

	/* futures[0..ndone) are done, [ndone..end) are not, [end..n) have not been looked at. */
	while (end < n) {
		size_t count = 0, keep = end;

		for (; end < n && count < SCRATCH; end++)
			if (crl_state_final(crl_future_state(futures[end])))
				done[count++] = futures[end];
			else
				futures[keep++] = futures[end];
		memmove(futures + ndone + count, futures + ndone, (keep - ndone) * sizeof(void *));
		memcpy(futures + ndone, done, count * sizeof(void *));
		ndone += count;
	}
	return ndone;
}

static void
note_done(survey *s, size_t i, uint32_t state)
{
	const size_t others = s->ndone - s->leading;

	if (s->ndone == i)
		s->leading++;
	else if (others < SCRATCH)
		s->others[others] = i;
	s->ndone++;
	s->exception |= crl_state_phase(state) == CRL_ERROR;
}

/* Look at each once. NULL, or why they cannot be waited for. */
static const creel_error *
look(survey *s, creel_future *const futures[], size_t n)
{
	const uint32_t now = crl_state_new(CRL_PENDING);

	s->ndone = s->leading = 0;
	s->exception = false;
	for (size_t i = 0; i < n; i++) {
		uint32_t state;

		if (crl_unlikely(futures[i] == NULL))
			return crl_combine_refuses(NULL);
		state = crl_future_state(futures[i]);
		if (crl_likely(crl_state_can_end(state, now)))
			continue;
		if (!crl_state_final(state))
			return crl_combine_refuses(futures[i]);
		note_done(s, i, state);
	}
	return NULL;
}

/* The same as partition(), by what was seen. */
static size_t
arrange(const survey *s, creel_future *futures[], size_t n)
{
	const size_t others = s->ndone - s->leading;
	creel_future *done[SCRATCH];

	if (others == 0)
		return s->ndone;
	if (others > SCRATCH)
		return s->leading + partition(futures + s->leading, n - s->leading);
	for (size_t i = 0; i < others; i++)
		done[i] = futures[s->others[i]];
	/* From the back, what stands between two of them moves up by as many as come behind it. */
	for (size_t i = others; i-- > 0;) {
		const size_t from = i > 0 ? s->others[i - 1] + 1 : s->leading;

		memmove(futures + from + others - i, futures + from,
			(s->others[i] - from) * sizeof(void *));
	}
	memcpy(futures + s->leading, done, others * sizeof(void *));
	return s->ndone;
}

/* Does the condition hold by what was seen? */
static bool
holds(const survey *s, size_t n, creel_return_when when)
{
	if (when == CREEL_FIRST_COMPLETED)
		return s->ndone > 0;
	return s->ndone == n || (when == CREEL_FIRST_EXCEPTION && s->exception);
}

static wait_set *
make_set(creel_future *const futures[], size_t n, creel_return_when when)
{
	wait_set *set;
	size_t size;

	if (!crl_size_of(&size, sizeof *set, n, sizeof set->watches[0]) ||
		(set = crl_alloc(size)) == NULL)
		return NULL;
	set->wake = wake;
	set->futures = futures;
	set->when = when;
	set->tried = 0;
	crl_store(&set->missing, when == CREEL_FIRST_COMPLETED ? 1 : n, relaxed); /* not shared */
	return set;
}

/* Link those that are not done, until the condition holds; true: it does already. */
static bool
link_all(wait_set *set, size_t n)
{
	bool satisfied = false;

	for (; set->tried < n && !satisfied; set->tried++) {
		creel_future *future = set->futures[set->tried];
		watch *w = &set->watches[set->tried];

		w->waker.wake = &set->wake;
		crl_store(&w->over, false, relaxed); /* not shared yet */
		w->linked = crl_future_link(future, &w->waker);
		if (!w->linked)
			satisfied = satisfies(set, future);
	}
	return satisfied;
}

static void
unlink_all(wait_set *set)
{
	for (size_t i = 0; i < set->tried; i++) {
		watch *w = &set->watches[i];
		unsigned spins = 0;

		if (!w->linked || crl_future_unlink(set->futures[i], &w->waker))
			continue;
		while (!crl_load(&w->over, acquire)) /* [WT1] */
			crl_spin(&spins);
	}
}

/* Wait with a prepared waiter. */
static creel_status
wait_in(wait_set *set, size_t n, int64_t deadline)
{
	const crl_subject subject = {"waits for some of", set->futures, n};
	creel_status status = CREEL_OK;

	crl_waiter_says(&set->waiter, &subject);
	if (!link_all(set, n))
		crl_waiter_wait(&set->waiter, deadline);
	unlink_all(set);
	if (!crl_waiter_done(&set->waiter) && crl_load(&set->missing, relaxed) != 0)
		status = crl_waiter_interrupted(&set->waiter);
	return status;
}

/* Would the calling task wait for itself: for it among others, or for the first of nothing but it? */
static bool
waits_for_itself(creel_future *const futures[], size_t n, creel_return_when when)
{
	crl_task_frame *frame = crl_task_self();
	size_t times = 0;

	for (size_t i = 0; frame != NULL && i < n; i++)
		times += futures[i] == &frame->task->future;
	return when == CREEL_FIRST_COMPLETED ? times == n : times > 0;
}

/* The condition did not hold: wait until it does, or why not. */
static creel_status
wait_for_some(
	creel_future *const futures[], size_t n, creel_return_when when, creel_duration timeout)
{
	creel_status status;
	crl_waiter probe;
	wait_set *set;

	if (timeout == 0)
		return crl_waiter_poll();
	if (waits_for_itself(futures, n, when))
		return crl_report(CREEL_EDEADLK, "a task waits for itself");
	if ((status = crl_waiter_prepare(&probe)) != CREEL_OK)
		return status;
	if ((set = make_set(futures, n, when)) == NULL)
		return CREEL_ENOMEM;
	status = crl_waiter_prepare(&set->waiter);
	if (status == CREEL_OK)
		status = wait_in(set, n, crl_deadline(timeout));
	crl_free(set);
	return status;
}

static creel_status
check(creel_future *const futures[], size_t n, creel_return_when when, creel_duration timeout,
	const size_t *ndone)
{
	if ((futures == NULL && n > 0) || ndone == NULL || timeout < 0 ||
		(unsigned)when > CREEL_ALL_COMPLETED)
		return crl_report(CREEL_EINVAL, "an argument of creel_wait() is not valid");
	if (n == 0 && when != CREEL_ALL_COMPLETED)
		return crl_report(CREEL_EINVAL, "the first of nothing never comes");
	return CREEL_OK;
}

creel_status
creel_wait(creel_future *futures[], size_t n, creel_return_when when, creel_duration timeout,
	size_t *ndone)
{
	creel_status status = check(futures, n, when, timeout, ndone);
	const creel_error *refused;
	survey seen;

	if (status != CREEL_OK)
		return status;
	if ((refused = look(&seen, futures, n)) != NULL)
		return crl_report((creel_status)refused->code, refused->message);
	if (!holds(&seen, n, when)) {
		status = crl_waiter_report(wait_for_some(futures, n, when, timeout));
		look(&seen, futures, n);
	}
	*ndone = arrange(&seen, futures, n);
	return status;
}
