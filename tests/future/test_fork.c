/* SPDX-License-Identifier: MIT */
/* test_fork.c: futures in the child of a fork: done ones can be read, pending ones never end. */
#include "future/made.h"
#include "support/child.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/future.h>

static char a_value, another; /* values by address */

typedef struct inherited {
	creel_future *pending, *locked, *ok, *failed, *cancelled;
	int calls;
} inherited;

static void
count(creel_future *f, void *arg)
{
	(void)f;
	++*(int *)arg;
}

static void
pending_never_ends(creel_future *f, int *calls)
{
	void *out = &another;

	child_expect(!creel_future_done(f));
	child_expect(creel_future_status(f) == CREEL_EPENDING);
	child_expect(creel_future_result(f, &out) == CREEL_EPENDING);
	child_expect(creel_future_error(f) == NULL);
	child_expect(creel_await(f, &out) == CREEL_ECLOSED);
	child_expect(creel_await_for(f, 0, &out) == CREEL_ECLOSED);
	child_expect(creel_await_for(f, CREEL_SECONDS(1), &out) == CREEL_ECLOSED);
	child_expect(creel_wait_for(f, 1, &out) == CREEL_ECLOSED);
	child_expect(creel_take(creel_future_ref(f), &out) == CREEL_ECLOSED);
	child_expect(creel_last_error()->code == CREEL_ECLOSED);
	child_expect(creel_future_set_result(f, &a_value) == CREEL_ECLOSED);
	child_expect(creel_future_set_error(f, 1, "x") == CREEL_ECLOSED);
	child_expect(creel_future_cancel(f) == CREEL_CANCEL_TOO_LATE);
	child_expect(creel_future_on_done(f, count, calls) == CREEL_ECLOSED);
	child_expect(creel_future_remove_on_done(f, count, calls) == 0);
	child_expect(!creel_future_done(f));
	child_expect(out == &another);
}

static void
child_of_pending(void *arg)
{
	inherited *all = arg;

	pending_never_ends(all->pending, &all->calls);
	pending_never_ends(all->locked, &all->calls); /* would hang if anything took the lock */
	creel_future_unref(all->pending);
	creel_future_unref(all->locked);
	child_expect(all->calls == 0);
}

/* A pending future of the parent's: ECLOSED, though another thread of the parent held its lock. */
START_TEST(pending_in_the_child)
{
	inherited all = {.pending = creel_future_create(), .locked = creel_future_create()};

	creel_future_on_done(all.pending, count, &all.calls);
	crl_fetch_or(&all.locked->state, CRL_STATE_LOCK, acquire);
	ck_assert(child_exited_with(child_run(child_of_pending, &all), 0));
	crl_fetch_and(&all.locked->state, ~CRL_STATE_LOCK, release);

	ck_assert_int_eq(
		creel_future_set_result(all.pending, NULL), CREEL_OK); /* here it goes on */
	ck_assert_int_eq(all.calls, 1);
	creel_future_unref(all.pending);
	creel_future_unref(all.locked);
}
END_TEST

static void
child_of_done(void *arg)
{
	inherited *all = arg;
	creel_future *own;
	void *out = NULL;

	child_expect(creel_await(all->ok, &out) == CREEL_OK && out == &a_value);
	child_expect(creel_future_set_result(all->ok, NULL) == CREEL_ESTATE);
	child_expect(creel_future_on_done(all->ok, count, &all->calls) == CREEL_OK);
	child_expect(all->calls == 1);
	child_expect(creel_take(all->ok, &out) == CREEL_OK && out == &a_value);
	child_expect(creel_future_error(all->failed)->code == 5);
	child_expect(creel_take(all->failed, NULL) == CREEL_EFAILED);
	child_expect(creel_future_cancel(all->cancelled) == CREEL_CANCEL_ALREADY);
	creel_future_unref(all->cancelled);

	own = creel_future_create();
	child_expect(creel_future_on_done(own, count, &all->calls) == CREEL_OK);
	child_expect(creel_await_for(own, 1, NULL) == CREEL_ETIMEDOUT);
	child_expect(creel_future_set_result(own, NULL) == CREEL_OK);
	child_expect(all->calls == 2);
	creel_future_unref(own);
}

/* Done futures can be read in the child, and new ones made. */
START_TEST(done_in_the_child)
{
	inherited all = {.ok = creel_future_create(),
		.failed = creel_future_create(),
		.cancelled = creel_future_create()};

	creel_future_set_result(all.ok, &a_value);
	creel_future_set_error(all.failed, 5, "x");
	creel_future_cancel(all.cancelled);
	ck_assert(child_exited_with(child_run(child_of_done, &all), 0));
	ck_assert_int_eq(all.calls, 0);
	creel_future_unref(all.ok);
	creel_future_error(all.failed);
	creel_future_unref(all.failed);
	creel_future_unref(all.cancelled);
}
END_TEST

/* The same answers in this process, for a future whose word says that it is of another one. */
START_TEST(pending_of_another_generation)
{
	made m;
	creel_future *f = made_promise(&m);
	int calls = 0;

	crl_fetch_add(&f->state, UINT32_C(1) << CRL_STATE_GENERATION_SHIFT, relaxed);
	ck_assert_int_eq(creel_future_set_result(f, &a_value), CREEL_ECLOSED);
	ck_assert_int_eq(creel_future_set_error(f, 1, "x"), CREEL_ECLOSED);
	ck_assert_int_eq(creel_future_cancel(f), CREEL_CANCEL_TOO_LATE);
	ck_assert_int_eq(creel_future_on_done(f, count, &calls), CREEL_ECLOSED);
	ck_assert_uint_eq(creel_future_remove_on_done(f, count, &calls), 0);
	ck_assert_int_eq(creel_await(f, NULL), CREEL_ECLOSED);
	ck_assert_int_eq(creel_future_status(f), CREEL_EPENDING);
	creel_future_unref(f);
	ck_assert_int_eq(m.destroyed, 1);
	ck_assert_int_eq(m.dropped, 0);
}
END_TEST

CREEL_SUITE(
	"creel.future.fork", pending_in_the_child, done_in_the_child, pending_of_another_generation)
