/* SPDX-License-Identifier: MIT */
/* test_gather_cancel.c: cancelling a gather asks its members, and waits for all of them. */
#include "async/combined.h"
#include "future/made.h"
#include "support/suite.h"
#include "task/turns.h"

#define N 3

static const unsigned all_flags[] = {0, CREEL_RETURN_EXCEPTIONS, CREEL_CANCEL_ON_ERROR,
	CREEL_CANCEL_ON_ERROR | CREEL_RETURN_EXCEPTIONS};

/* 3.8 "cancellation_broadcast": all members are cancelled, then the gather; later it is ALREADY
   1.5 "`outer.cancel()`": each member that is not done is asked */
START_TEST(cancellation_broadcast)
{
	for (size_t i = 0; i < 4; i++) {
		creel_future *f[N], *whole;

		promises_make(f, N);
		whole = creel_gather(f, N, all_flags[i]);
		ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_REQUESTED);
		for (int j = 0; j < N; j++)
			ck_assert_int_eq(creel_future_status(f[j]), CREEL_ECANCELLED);
		ck_assert_int_eq(creel_future_status(whole), CREEL_ECANCELLED);
		ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_ALREADY);
		ck_assert_int_eq(creel_await(whole, NULL), CREEL_ECANCELLED);
		creel_future_unref(whole);
		creel_futures_unref(f, N);
	}
}
END_TEST

/* 1.5 "after outer cancel": it waits for all, and is cancelled whatever they ended with
   3.8 "cancel_gather_2": also with CREEL_RETURN_EXCEPTIONS */
/* 5 "D10": a cancelled gather waits for all */
START_TEST(waits_for_all)
{
	for (size_t i = 0; i < 4; i++) {
		made m[N];
		creel_future *f[N] = {made_task(&m[0], CRL_RUNNING), made_task(&m[1], CRL_RUNNING),
			made_task(&m[2], CRL_PENDING)};
		creel_future *whole = creel_gather(f, N, all_flags[i]);

		ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_REQUESTED);
		ck_assert_int_eq(creel_future_status(f[2]), CREEL_ECANCELLED);
		ck_assert_int_eq(creel_future_status(whole), CREEL_EPENDING);
		ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_REQUESTED); /* again */
		crl_future_complete(f[0], CRL_VALUE, NULL);
		ck_assert_int_eq(creel_future_status(whole), CREEL_EPENDING);
		crl_future_complete(f[1], CRL_VALUE, NULL);
		ck_assert_int_eq(creel_future_status(whole), CREEL_ECANCELLED);
		ck_assert_int_eq(creel_future_error(whole)->code, CREEL_ECANCELLED);
		creel_future_unref(whole);
		creel_futures_unref(f, N);
	}
}
END_TEST

static void *
nap_and_fail(void *arg)
{
	(void)arg;
	creel_sleep(CREEL_FOREVER);
	return creel_fail(17, "while cleaning up");
}

/* A failure after the cancel does not end it earlier, nor otherwise. */
START_TEST(failure_after_cancel)
{
	creel_pool *pool = pool_of(1);
	made m;
	creel_future *f[2] = {creel_submit(pool, nap_and_fail, NULL), made_task(&m, CRL_RUNNING)};
	creel_future *whole = creel_gather(f, 2, 0);

	settle(pool);
	ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_await(f[0], NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_status(whole), CREEL_EPENDING);
	crl_future_complete(f[1], CRL_VALUE, NULL);
	ck_assert_int_eq(creel_await(whole, NULL), CREEL_ECANCELLED);
	creel_future_unref(whole);
	creel_futures_unref(f, 2);
	creel_pool_destroy(pool);
}
END_TEST

/* To look at a cancelled gather is to look at what its members failed with. */
START_TEST(looking_at_a_cancelled_one)
{
	for (int look = 0; look < 2; look++) {
		creel_pool *pool = pool_of(1);
		creel_future *f = creel_submit(pool, nap_and_fail, NULL);
		creel_future *whole = creel_gather(&f, 1, 0);
		size_t ndone = 0;

		count_reports();
		settle(pool);
		creel_future_cancel(whole);
		creel_wait(&whole, 1, CREEL_ALL_COMPLETED, CREEL_FOREVER, &ndone);
		if (look)
			ck_assert_int_eq(creel_await(whole, NULL), CREEL_ECANCELLED);
		creel_future_unref(whole);
		creel_future_unref(f);
		creel_pool_destroy(pool);
		ck_assert_int_eq(atomic_load(&reported), !look);
	}
}
END_TEST

/* 3.8 "cancel_gather_1": when all members are done it is too late, and the value stands
   1.5 "outer.cancel() when all children are done but their callbacks not run": there is no such time */
START_TEST(cancel_gather_1)
{
	creel_future *f = creel_future_create(), *whole = creel_gather(&f, 1, 0);
	void *value = NULL;

	succeed(f, 1);
	ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_TOO_LATE);
	ck_assert_int_eq(creel_await(whole, &value), CREEL_OK);
	expect_value(value, 1);
	creel_future_unref(whole);
	creel_future_unref(f);
}
END_TEST

/* 1.5 "outer.cancel() after outer failed early": too late; the others are left alone */
START_TEST(after_failing_early)
{
	creel_future *f[2], *whole;

	promises_make(f, 2);
	whole = creel_gather(f, 2, 0);
	fail_with(f[0], 4);
	ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_TOO_LATE);
	ck_assert_int_eq(creel_future_status(f[1]), CREEL_EPENDING);
	expect_refused(whole, 4);
	succeed(f[1], 1);
	creel_futures_unref(f, 2);
}
END_TEST

/* A future that cannot be cancelled; if somebody tries, what the test wants happens meanwhile. */
typedef struct stubborn {
	creel_future future;
	creel_future *fails; /* meanwhile */
	int asked;
} stubborn;

static creel_cancel_result
refuse(creel_future *future, const char *reason)
{
	stubborn *s = (stubborn *)future; /* its first member */

	(void)reason;
	s->asked++;
	if (s->fails != NULL)
		creel_future_set_error(s->fails, 6, "meanwhile");
	return CREEL_CANCEL_TOO_LATE;
}

static void
keep(creel_future *future)
{
	(void)future;
}

static creel_future *
stubborn_init(stubborn *s, creel_future *fails)
{
	static const crl_future_ops ops = {.cancel = refuse, .destroy = keep};

	s->fails = fails;
	s->asked = 0;
	crl_future_init(&s->future, &ops, CRL_RUNNING, 1);
	return &s->future;
}

/* It reached nobody: TOO_LATE, and it is as if it had not been. */
START_TEST(reaches_nobody)
{
	for (size_t i = 0; i < 4; i++) {
		stubborn s;
		creel_future *f = stubborn_init(&s, NULL);
		creel_future *whole = creel_gather(&f, 1, all_flags[i]);
		void *value = NULL;

		for (int j = 1; j <= 2; j++) {
			ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_TOO_LATE);
			ck_assert_int_eq(s.asked, j);
		}
		ck_assert_int_eq(creel_future_status(whole), CREEL_EPENDING);
		crl_future_complete(f, CRL_VALUE, number(8));
		ck_assert_int_eq(creel_await(whole, &value), CREEL_OK);
		expect_value(value, 8);
		creel_future_unref(whole);
		creel_future_unref(f);
	}
}
END_TEST

/* The same, and a member failed while it was tried: the gather fails at once, or when all have ended. */
START_TEST(fails_while_reaching_nobody)
{
	for (size_t i = 0; i < 4; i++) {
		const unsigned flags = all_flags[i];
		stubborn s;
		creel_future *f[2] = {NULL, creel_future_create()}, *whole;

		f[0] = stubborn_init(&s, f[1]);
		whole = creel_gather(f, 2, flags);
		ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_TOO_LATE);
		ck_assert_int_eq(
			creel_future_status(whole), flags == 0 ? CREEL_EFAILED : CREEL_EPENDING);
		crl_future_complete(f[0], CRL_VALUE, NULL);
		if (flags & CREEL_RETURN_EXCEPTIONS)
			ck_assert_int_eq(creel_await(whole, NULL), CREEL_OK);
		else
			ck_assert_int_eq(creel_future_error(whole)->code, 6);
		creel_future_unref(whole);
		creel_futures_unref(f, 2);
	}
}
END_TEST

/* 1.5 "awaiting task is cancelled": otherwise: futures are shared; the gather goes on */
START_TEST(awaiting_task_is_cancelled)
{
	creel_pool *pool = pool_of(1);
	creel_future *f = creel_future_create(), *whole = creel_gather(&f, 1, 0);
	creel_future *task = creel_submit(pool, await_it, whole);

	settle(pool);
	creel_future_cancel(task);
	ck_assert_int_eq(take_number(task), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_status(whole), CREEL_EPENDING);
	ck_assert_int_eq(creel_future_status(f), CREEL_EPENDING);
	succeed(f, 1);
	ck_assert_int_eq(creel_await(whole, NULL), CREEL_OK);
	creel_future_unref(whole);
	creel_future_unref(f);
	creel_pool_destroy(pool);
}
END_TEST

/* creel_wait_for() is there to pass it on: the gather is cancelled, and by it its members. */
START_TEST(wait_for_passes_it_on)
{
	creel_future *f[N], *whole;

	promises_make(f, N);
	whole = creel_gather(f, N, 0);
	ck_assert_int_eq(creel_wait_for(whole, 0, NULL), CREEL_ETIMEDOUT);
	for (int i = 0; i < N; i++)
		ck_assert_int_eq(creel_future_status(f[i]), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_status(whole), CREEL_ECANCELLED);
	creel_future_unref(whole);
	creel_futures_unref(f, N);
}
END_TEST

/* A gather among the members is asked like others, and passes it on. */
START_TEST(gather_of_gathers)
{
	creel_future *f[2], *inner[2], *whole;

	promises_make(f, 2);
	inner[0] = creel_gather(&f[0], 1, 0);
	inner[1] = creel_gather(&f[1], 1, CREEL_RETURN_EXCEPTIONS);
	whole = creel_gather(inner, 2, 0);
	ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_REQUESTED);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(creel_future_status(f[i]), CREEL_ECANCELLED);
		ck_assert_int_eq(creel_future_status(inner[i]), CREEL_ECANCELLED);
	}
	ck_assert_int_eq(creel_future_status(whole), CREEL_ECANCELLED);
	creel_future_unref(whole);
	creel_futures_unref(inner, 2);
	creel_futures_unref(f, 2);
}
END_TEST

CREEL_SUITE("creel.async.gather_cancel", cancellation_broadcast, waits_for_all,
	failure_after_cancel, looking_at_a_cancelled_one, cancel_gather_1, after_failing_early,
	reaches_nobody, fails_while_reaching_nobody, awaiting_task_is_cancelled,
	wait_for_passes_it_on, gather_of_gathers)
