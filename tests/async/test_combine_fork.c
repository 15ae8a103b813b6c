/* SPDX-License-Identifier: MIT */
/* test_combine_fork.c: gather, first, then, wait and shield in the child of a fork. */
#include "async/combined.h"
#include "support/child.h"
#include "support/suite.h"
#include "task/turns.h"

static bool
has_failed_with(creel_future *future, int code)
{
	const creel_error *error = creel_future_error(future);
	const bool has = error != NULL && error->code == code;

	creel_future_unref(future);
	return has;
}

typedef struct inherited {
	creel_future *f[2]; /* pending, done */
	creel_future *whole, *shield, *race, *next;
	creel_pool *pool;
} inherited;

static void *
pass_value(const creel_outcome *outcome, void *arg)
{
	(void)arg;
	return outcome->value;
}

static void
child_of_pending(void *arg)
{
	inherited *all = arg;
	size_t ndone = 9;

	child_expect(has_failed_with(creel_gather(all->f, 2, 0), CREEL_ECLOSED));
	child_expect(has_failed_with(creel_shield(all->f[0]), CREEL_ECLOSED));
	child_expect(has_failed_with(creel_race(all->f, 2), CREEL_ECLOSED));
	child_expect(
		has_failed_with(creel_then(all->pool, all->f[0], pass_value, NULL), CREEL_ECLOSED));
	child_expect(
		creel_wait(all->f, 2, CREEL_ALL_COMPLETED, CREEL_FOREVER, &ndone) == CREEL_ECLOSED);
	child_expect(creel_last_error()->code == CREEL_ECLOSED);
	child_expect(creel_future_cancel(all->whole) == CREEL_CANCEL_TOO_LATE);
	child_expect(creel_future_cancel(all->shield) == CREEL_CANCEL_TOO_LATE);
	child_expect(creel_future_cancel(all->race) == CREEL_CANCEL_TOO_LATE);
	child_expect(creel_future_cancel(all->next) == CREEL_CANCEL_TOO_LATE);
	child_expect(creel_await(all->whole, NULL) == CREEL_ECLOSED);
	child_expect(creel_await(all->race, NULL) == CREEL_ECLOSED);
	child_expect(creel_await(all->next, NULL) == CREEL_ECLOSED);
	child_expect(creel_await(all->shield, NULL) == CREEL_ECLOSED);
	creel_future_unref(all->whole);
	creel_future_unref(all->shield);
	creel_future_unref(all->race);
	creel_future_unref(all->next);
}

/* On a pool of its own; the parent's is closed here. */
static void
continue_in_child(inherited *all)
{
	creel_pool *own = pool_of(1);
	void *value = NULL;

	child_expect(
		has_failed_with(creel_then(all->pool, all->f[1], pass_value, NULL), CREEL_ECLOSED));
	child_expect(creel_take(creel_then(own, all->f[1], pass_value, NULL), &value) == CREEL_OK);
	child_expect(value == number(2));
	creel_pool_destroy(own);
}

static void
child_of_done(void *arg)
{
	inherited *all = arg;
	void *value = NULL;
	size_t ndone = 9;
	creel_future *own = creel_future_create(), *mixed[2] = {own, all->f[1]};

	child_expect(creel_take(creel_gather(&all->f[1], 1, 0), &value) == CREEL_OK);
	child_expect(((creel_outcome *)value)->value == number(2));
	creel_free(value);
	child_expect(creel_take(creel_race(&all->f[1], 1), &value) == CREEL_OK);
	child_expect(((creel_winner *)value)->outcome.value == number(2));
	creel_free(value);
	continue_in_child(all);
	child_expect(creel_wait(&all->f[1], 1, CREEL_ALL_COMPLETED, 0, &ndone) == CREEL_OK);
	child_expect(creel_wait(mixed, 2, CREEL_FIRST_COMPLETED, 0, &ndone) == CREEL_OK);
	child_expect(ndone == 1 && mixed[0] == all->f[1]);
	creel_future_unref(own);
}

static void
play(void (*scene)(void *))
{
	inherited all;

	promises_make(all.f, 2);
	succeed(all.f[1], 2);
	all.whole = creel_gather(all.f, 2, 0);
	all.shield = creel_shield(all.f[0]);
	all.race = creel_first(all.f, 2, 2, 0);
	all.pool = pool_of(1);
	settle(all.pool); /* its thread allocates no more when this one forks */
	all.next = creel_then(all.pool, all.f[0], pass_value, NULL);
	ck_assert(child_exited_with(child_run(scene, &all), 0));
	succeed(all.f[0], 1); /* here it goes on */
	ck_assert_int_eq(creel_await(all.whole, NULL), CREEL_OK);
	ck_assert_int_eq(creel_await(all.shield, NULL), CREEL_OK);
	ck_assert_int_eq(creel_await(all.race, NULL), CREEL_OK);
	ck_assert_int_eq(creel_await(all.next, NULL), CREEL_OK);
	creel_future_unref(all.whole);
	creel_future_unref(all.shield);
	creel_future_unref(all.race);
	creel_future_unref(all.next);
	creel_pool_destroy(all.pool);
	creel_futures_unref(all.f, 2);
}

/* What is pending since before is refused, and cannot be cancelled. */
START_TEST(pending_in_the_child)
{
	play(child_of_pending);
}
END_TEST

/* What is done, or made in the child, works as ever. */
START_TEST(done_in_the_child)
{
	play(child_of_done);
}
END_TEST

CREEL_SUITE("creel.async.combine_fork", pending_in_the_child, done_in_the_child)
