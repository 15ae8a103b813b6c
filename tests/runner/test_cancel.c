/* SPDX-License-Identifier: MIT */
/* test_cancel.c: requests for cancellation: as a level, as an edge, and whom they wake. */
#include "support/pools.h"
#include "support/scale.h"
#include "support/suite.h"

#include "runner/cancel.h"
#include "runner/waiter.h"

#include <pthread.h>

/* A waiter of this thread, which is a plain one: nobody is suspended, its word tells. */
static void
prepare(crl_waiter *waiter)
{
	ck_assert_int_eq(crl_waiter_prepare(waiter), CREEL_OK);
}

static bool
was_told(const crl_waiter *waiter)
{
	return crl_load(&waiter->word, acquire) & CRL_WAKE_CANCEL;
}

static void
assert_state(const crl_cancel *cancel, bool requested, bool pending)
{
	ck_assert_int_eq(crl_cancel_requested(cancel), requested);
	ck_assert_int_eq(crl_cancel_pending(cancel), pending);
}

START_TEST(a_request_is_delivered_once_and_remembered_for_ever)
{
	crl_cancel cancel;

	crl_cancel_init(&cancel);
	assert_state(&cancel, false, false);
	crl_cancel_request(&cancel);
	assert_state(&cancel, true, true);
	crl_cancel_deliver(&cancel);
	assert_state(&cancel, true, false);
	crl_cancel_deliver(&cancel); /* of nothing */
	assert_state(&cancel, true, false);
	crl_cancel_request(&cancel); /* another one */
	assert_state(&cancel, true, true);
}
END_TEST

START_TEST(requests_before_the_delivery_are_delivered_together)
{
	crl_cancel cancel;

	crl_cancel_init(&cancel);
	for (int i = 0; i < 3; i++)
		crl_cancel_request(&cancel);
	crl_cancel_deliver(&cancel);
	assert_state(&cancel, true, false);
}
END_TEST

START_TEST(a_delivery_can_be_taken_back)
{
	crl_cancel cancel;
	crl_waiter waiter;

	crl_cancel_init(&cancel);
	crl_cancel_request(&cancel);
	crl_cancel_deliver(&cancel);
	crl_cancel_restore(&cancel);
	assert_state(&cancel, true, true);
	prepare(&waiter);
	ck_assert(!crl_cancel_enter(&cancel, &waiter));
}
END_TEST

START_TEST(nobody_begins_to_wait_while_a_request_is_pending)
{
	crl_cancel cancel;
	crl_waiter waiter;

	crl_cancel_init(&cancel);
	prepare(&waiter);
	crl_cancel_request(&cancel);
	ck_assert(!crl_cancel_enter(&cancel, &waiter));
	ck_assert_ptr_null(cancel.listeners);
	ck_assert(!was_told(&waiter));
	crl_cancel_deliver(&cancel);
	ck_assert(crl_cancel_enter(&cancel, &waiter));
	ck_assert(!was_told(&waiter)); /* that one has been delivered */
	crl_cancel_request(&cancel);
	ck_assert(was_told(&waiter));
	crl_cancel_leave(&cancel, &waiter);
}
END_TEST

/* Of the waiters 0, 1 and 2 those in the mask leave, in this order; the others are told. */
static void
leave_and_request(const int *leaving, int n)
{
	crl_cancel cancel;
	crl_waiter waiters[3];
	bool left[3] = {false};

	crl_cancel_init(&cancel);
	for (int i = 0; i < 3; i++) {
		prepare(&waiters[i]);
		ck_assert(crl_cancel_enter(&cancel, &waiters[i]));
	}
	for (int i = 0; i < n; i++) {
		crl_cancel_leave(&cancel, &waiters[leaving[i]]);
		left[leaving[i]] = true;
	}
	crl_cancel_request(&cancel);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(was_told(&waiters[i]), !left[i]);
		if (!left[i])
			crl_cancel_leave(&cancel, &waiters[i]);
	}
	ck_assert_ptr_null(cancel.listeners);
}

START_TEST(all_who_wait_are_told_and_nobody_else)
{
	static const int orders[][3] = {
		{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
		for (int n = 0; n <= 3; n++)
			leave_and_request(orders[i], n);
}
END_TEST

START_TEST(an_interruption_counts_as_one_request)
{
	crl_cancel cancel;
	crl_waiter waiter;

	crl_cancel_init(&cancel);
	prepare(&waiter);
	ck_assert(crl_cancel_enter(&cancel, &waiter));
	crl_cancel_sweep(&cancel);
	assert_state(&cancel, true, true);
	ck_assert(was_told(&waiter));
	crl_cancel_leave(&cancel, &waiter);
	crl_cancel_deliver(&cancel);
	crl_cancel_sweep(&cancel); /* the same interruption, seen again */
	assert_state(&cancel, true, false);
	crl_cancel_request(&cancel); /* but this is a new one */
	assert_state(&cancel, true, true);
}
END_TEST

START_TEST(a_request_before_an_interruption_is_delivered_with_it)
{
	crl_cancel cancel;

	crl_cancel_init(&cancel);
	crl_cancel_request(&cancel);
	crl_cancel_sweep(&cancel);
	crl_cancel_deliver(&cancel);
	assert_state(&cancel, true, false);
}
END_TEST

/* Threads that request, while this one waits, is told, and waits again. */
enum { CANCELLERS = 3 };

typedef struct storm {
	crl_cancel cancel;
	atomic_int stop, requests;
} storm;

static void *
request_again_and_again(void *arg)
{
	storm *s = arg;

	while (!atomic_load(&s->stop)) {
		crl_cancel_request(&s->cancel);
		atomic_fetch_add(&s->requests, 1);
	}
	return NULL;
}

START_TEST(no_request_is_lost_between_two_waits)
{
	const int rounds = SCALE_TIMES(4000);
	pthread_t threads[CANCELLERS];
	storm s = {.stop = 0};

	crl_cancel_init(&s.cancel);
	for (int i = 0; i < CANCELLERS; i++)
		pthread_create(&threads[i], NULL, request_again_and_again, &s);
	for (int i = 0; i < rounds; i++) {
		crl_waiter waiter;
		int before;

		prepare(&waiter);
		if (!crl_cancel_enter(&s.cancel, &waiter)) {
			ck_assert(crl_cancel_pending(&s.cancel));
			crl_cancel_deliver(&s.cancel);
			continue;
		}
		/* From now on the next request must tell. */
		before = atomic_load(&s.requests);
		spin_until(&s.requests, before + 1 + CANCELLERS);
		ck_assert(was_told(&waiter));
		crl_cancel_leave(&s.cancel, &waiter);
		ck_assert(crl_cancel_pending(&s.cancel));
		crl_cancel_deliver(&s.cancel);
	}
	atomic_store(&s.stop, 1);
	for (int i = 0; i < CANCELLERS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_ptr_null(s.cancel.listeners);
	ck_assert(crl_cancel_requested(&s.cancel));
}
END_TEST

CREEL_SUITE("creel.runner.cancel", a_request_is_delivered_once_and_remembered_for_ever,
	requests_before_the_delivery_are_delivered_together, a_delivery_can_be_taken_back,
	nobody_begins_to_wait_while_a_request_is_pending, all_who_wait_are_told_and_nobody_else,
	an_interruption_counts_as_one_request,
	a_request_before_an_interruption_is_delivered_with_it, no_request_is_lost_between_two_waits)
