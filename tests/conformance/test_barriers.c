/* SPDX-License-Identifier: MIT */
/* test_barriers.c: CPython's cases of barriers. */
#include "conformance/callers.h"
#include "support/suite.h"

enum { N = 5 };

static creel_barrier *barrier;

static void
begin(size_t parties)
{
	barrier = creel_barrier_create(parties);
	ck_assert_ptr_nonnull(barrier);
	callers_begin();
}

/* Nobody is left in it. */
static void
end(void)
{
	ck_assert_uint_eq(creel_barrier_waiting(barrier), 0);
	callers_end();
	creel_barrier_destroy(barrier);
}

/* What has come of n rounds; in capitals those that were broken. */
static void
wait_once(caller *c)
{
	const creel_status status = creel_barrier_wait(barrier, caller_limit(c), &c->index);

	caller_got(c, status);
	if (status == CREEL_EBROKEN)
		say((char)(c->name - 'a' + 'A'));
}

static void *
pass_once(void *arg)
{
	wait_once(arg);
	return arg;
}

static void *
pass_twice(void *arg)
{
	wait_once(arg);
	wait_once(arg);
	return arg;
}

/* All have got that; their indices are 0 to n - 1, in their order. */
static void
end_all(caller c[], size_t n, creel_status status)
{
	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(caller_end(&c[i]), status);
		if (status == CREEL_OK)
			ck_assert_uint_eq(c[i].index, i);
	}
}

static size_t
count_said(char from, char to)
{
	size_t n = 0;

	for (const char *at = said; *at != '\0'; at++)
		n += *at >= from && *at <= to;
	return n;
}

/* 3.14 "Barrier: barrier_parties": of none, or of a negative number, there is none */
START_TEST(barrier_parties)
{
	ck_assert_ptr_null(creel_barrier_create(0));
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	begin(N);
	ck_assert_uint_eq(creel_barrier_parties(barrier), N);
	end();
}
END_TEST

/* 3.14 "Barrier: context_manager": the wait says who is the how-manieth, and there is nothing to leave */
START_TEST(context_manager)
{
	caller c[3];

	begin(3);
	callers_start(c, 3, pass_once, NULL);
	end_all(c, 3, CREEL_OK);
	ck_assert(!creel_barrier_broken(barrier));
	end();
}
END_TEST

/* 3.14 "Barrier: filling_one_task": one of one does not wait */
/* 3.14 "Barrier: filling_one_task_twice": nor again; its index is 0 */
START_TEST(filling_one_task)
{
	size_t index = 9;

	begin(1);
	ck_ok(creel_barrier_wait(barrier, CREEL_FOREVER, &index));
	ck_assert_uint_eq(index, 0);
	ck_ok(creel_barrier_wait(barrier, 0, NULL));
	ck_assert(!creel_barrier_broken(barrier));
	end();
}
END_TEST

/* 3.14 "Barrier: filling_task_by_task": one after the other comes, the last lets all go on */
START_TEST(filling_task_by_task)
{
	caller c[3];

	begin(3);
	for (int i = 0; i < 3; i++) {
		caller_start_named(&c[i], (char)('a' + i), pass_once, NULL);
		callers_settle();
		ck_assert_uint_eq(creel_barrier_waiting(barrier), i < 2 ? (size_t)i + 1 : 0);
		ck_assert_uint_eq(strlen(said), i < 2 ? 0 : 3);
	}
	end_all(c, 3, CREEL_OK);
	end();
}
END_TEST

/* 3.14 "Barrier: filling_tasks_wait_twice": a second round follows the first; nobody is in both at once */
/* 3.14 "Barrier: filling_tasks_check_return_value": each round has every index once */
START_TEST(filling_tasks_wait_twice)
{
	bool seen[N] = {false};
	caller c[N];

	begin(N);
	callers_start(c, N, pass_twice, NULL);
	for (int i = 0; i < N; i++) {
		ck_ok(caller_end(&c[i]));
		ck_assert(c[i].index < N && !seen[c[i].index]);
		seen[c[i].index] = true;
	}
	ck_assert_uint_eq(strlen(said), 2 * N);
	for (int i = 0; i < N; i++)
		for (int j = i + 1; j < N; j++)
			ck_assert(said[i] != said[j] && said[N + i] != said[N + j]);
	end();
}
END_TEST

/* 3.14 "Barrier: draining_state": there is none: who comes when the last has come is in the next round */
START_TEST(draining_state)
{
	caller c[N];

	begin(N);
	callers_start(c, N - 1, pass_once, NULL);
	callers_settle();
	callers_hold();
	ck_assert_uint_eq(creel_barrier_waiting(barrier), N - 1);
	ck_ok(creel_barrier_wait(barrier, 0, &c[N - 1].index));
	ck_assert_uint_eq(c[N - 1].index, N - 1);
	ck_assert_uint_eq(creel_barrier_waiting(barrier), 0);
	ck_assert_int_eq(creel_barrier_wait(barrier, 0, NULL), CREEL_ETIMEDOUT);
	callers_let_go();
	end_all(c, N - 1, CREEL_OK);
	end();
}
END_TEST

/* 3.14 "Barrier: blocking_tasks_while_draining": some come again before the others have gone on: they wait for
 * a round of their own */
START_TEST(blocking_tasks_while_draining)
{
	caller c[N], rest[N - 2];

	begin(N);
	callers_start(c, 2, pass_twice, NULL);
	callers_start(&c[2], N - 2, pass_once, NULL);
	callers_settle();
	ck_assert_uint_eq(strlen(said), N);
	ck_assert_uint_eq(creel_barrier_waiting(barrier), 2);
	callers_start(rest, N - 2, pass_once, NULL);
	callers_settle();
	ck_assert_uint_eq(strlen(said), 2 * N);
	for (int i = 0; i < N; i++)
		ck_ok(caller_end(&c[i]));
	for (int i = 0; i < N - 2; i++)
		ck_ok(caller_end(&rest[i]));
	end();
}
END_TEST

/* 3.14 "Barrier: filling_tasks_cancel_one": one less waits; the others need one more, and the indices have no
 * gap */
START_TEST(filling_tasks_cancel_one)
{
	caller c[4];

	begin(3);
	callers_start(c, 2, pass_once, NULL);
	callers_settle();
	ck_assert_uint_eq(creel_barrier_waiting(barrier), 2);
	caller_cancel(&c[0]);
	ck_assert_int_eq(caller_end(&c[0]), CREEL_ECANCELLED);
	ck_assert_uint_eq(creel_barrier_waiting(barrier), 1);
	callers_start(&c[2], 1, pass_once, NULL);
	callers_settle();
	ck_assert_uint_eq(creel_barrier_waiting(barrier), 2);
	callers_start(&c[3], 1, pass_once, NULL);
	end_all(&c[1], 3, CREEL_OK);
	ck_assert(!creel_barrier_broken(barrier));
	end();
}
END_TEST

/* 3.14 "Barrier: reset_barrier": with nobody there it changes nothing */
START_TEST(reset_barrier)
{
	begin(1);
	ck_ok(creel_barrier_reset(barrier));
	ck_assert(!creel_barrier_broken(barrier));
	ck_ok(creel_barrier_wait(barrier, 0, NULL));
	end();
}
END_TEST

/* 3.14 "Barrier: reset_barrier_while_tasks_waiting": who waits gets CREEL_EBROKEN; the barrier is not broken */
START_TEST(reset_barrier_while_tasks_waiting)
{
	caller c[N - 1];

	begin(N);
	callers_start(c, N - 1, pass_once, NULL);
	callers_settle();
	ck_ok(creel_barrier_reset(barrier));
	end_all(c, N - 1, CREEL_EBROKEN);
	ck_assert(!creel_barrier_broken(barrier));
	end();
}
END_TEST

/* All but the last party of a round wait, and the last comes: the round is over, but nobody has gone on. */
static void
come_through(caller c[N - 1], creel_fn *fn)
{
	callers_start(c, N - 1, fn, NULL);
	callers_settle();
	callers_hold();
	ck_ok(creel_barrier_wait(barrier, 0, NULL));
}

/* 3.14 "Barrier: reset_barrier_when_tasks_half_draining": who has passed has passed, whether it has run or not */
START_TEST(reset_barrier_when_tasks_half_draining)
{
	caller c[N - 1];

	begin(N);
	come_through(c, pass_once);
	ck_ok(creel_barrier_reset(barrier));
	callers_let_go();
	end_all(c, N - 1, CREEL_OK);
	ck_assert(!creel_barrier_broken(barrier));
	end();
}
END_TEST

/* 3.14 "Barrier: reset_barrier_when_tasks_half_draining_half_blocking": a reset reaches those that wait for the
 * next round, and those alone */
START_TEST(reset_barrier_when_tasks_half_draining_half_blocking)
{
	caller c[N - 1];

	begin(N);
	come_through(c, pass_twice);
	callers_let_go();
	ck_assert_uint_eq(creel_barrier_waiting(barrier), N - 1);
	ck_assert_uint_eq(count_said('a', 'z'), N - 1);
	ck_ok(creel_barrier_reset(barrier));
	end_all(c, N - 1, CREEL_EBROKEN);
	ck_assert_uint_eq(count_said('A', 'Z'), N - 1);
	end();
}
END_TEST

/* 3.14 "Barrier: reset_barrier_while_tasks_waiting_and_waiting_again": who was broken can come again */
START_TEST(reset_barrier_while_tasks_waiting_and_waiting_again)
{
	caller c[N - 1];

	begin(N);
	callers_start(c, N - 1, pass_twice, NULL);
	callers_settle();
	ck_ok(creel_barrier_reset(barrier));
	callers_settle();
	ck_assert_uint_eq(count_said('A', 'Z'), N - 1);
	ck_assert_uint_eq(creel_barrier_waiting(barrier), N - 1);
	ck_ok(creel_barrier_wait(barrier, 0, NULL));
	end_all(c, N - 1, CREEL_OK);
	ck_assert(!creel_barrier_broken(barrier));
	end();
}
END_TEST

/* 3.14 "Barrier: reset_barrier_while_tasks_draining": after it the next rounds are as ever */
START_TEST(reset_barrier_while_tasks_draining)
{
	caller c[N - 1];

	begin(N);
	come_through(c, pass_twice);
	ck_ok(creel_barrier_reset(barrier));
	callers_let_go();
	ck_assert_uint_eq(creel_barrier_waiting(barrier), N - 1);
	ck_ok(creel_barrier_wait(barrier, 0, NULL));
	end_all(c, N - 1, CREEL_OK);
	ck_assert_uint_eq(count_said('a', 'z'), 2 * (N - 1));
	end();
}
END_TEST

/* 3.14 "Barrier: abort_barrier": it is broken, until it is reset */
START_TEST(abort_barrier)
{
	begin(1);
	ck_ok(creel_barrier_abort(barrier));
	ck_assert(creel_barrier_broken(barrier));
	ck_assert_int_eq(creel_barrier_wait(barrier, CREEL_FOREVER, NULL), CREEL_EBROKEN);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EBROKEN);
	ck_ok(creel_barrier_reset(barrier));
	ck_ok(creel_barrier_wait(barrier, CREEL_FOREVER, NULL));
	end();
}
END_TEST

/* 3.14 "Barrier: abort_barrier_when_tasks_half_draining_half_blocking": who has passed has passed; who waits and
 * who comes gets CREEL_EBROKEN */
START_TEST(abort_barrier_when_tasks_half_draining_half_blocking)
{
	caller c[N - 1];

	begin(N);
	come_through(c, pass_twice);
	ck_ok(creel_barrier_abort(barrier));
	callers_let_go();
	end_all(c, N - 1, CREEL_EBROKEN);
	ck_assert_uint_eq(count_said('a', 'z'), N - 1);
	ck_assert_uint_eq(count_said('A', 'Z'), N - 1);
	ck_assert(creel_barrier_broken(barrier));
	end();
}
END_TEST

/* Passes, and waits again; but one finds that something is wrong, and aborts. */
static void *
pass_or_abort(void *arg)
{
	caller *c = arg;

	wait_once(c);
	if (c->status == CREEL_OK && c->index == N / 2)
		creel_barrier_abort(barrier);
	else
		wait_once(c);
	return c;
}

/* 3.14 "Barrier: abort_barrier_when_exception": one aborts instead of coming again: the others are not left
 * waiting */
/* 3.14 "Barrier: abort_barrier_when_exception_then_resetting": reset when all know, it works again */
START_TEST(abort_barrier_when_exception)
{
	caller c[N];

	begin(N);
	callers_start(c, N, pass_or_abort, NULL);
	for (int i = 0; i < N; i++)
		caller_end(&c[i]);
	ck_assert(creel_barrier_broken(barrier));
	ck_assert_uint_eq(count_said('a', 'z'), N);
	ck_assert_uint_eq(count_said('A', 'Z'), N - 1);
	ck_ok(creel_barrier_reset(barrier));
	callers_start(c, N, pass_once, NULL);
	end_all(c, N, CREEL_OK);
	end();
}
END_TEST

CREEL_SUITE("creel.conformance.barriers", barrier_parties, context_manager, filling_one_task,
	filling_task_by_task, filling_tasks_wait_twice, draining_state,
	blocking_tasks_while_draining, filling_tasks_cancel_one, reset_barrier,
	reset_barrier_while_tasks_waiting, reset_barrier_when_tasks_half_draining,
	reset_barrier_when_tasks_half_draining_half_blocking,
	reset_barrier_while_tasks_waiting_and_waiting_again, reset_barrier_while_tasks_draining,
	abort_barrier, abort_barrier_when_tasks_half_draining_half_blocking,
	abort_barrier_when_exception)
