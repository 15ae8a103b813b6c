/* SPDX-License-Identifier: MIT */
/* test_map.c: creel_map: results in the order of the input, the first error, and who is waited for. */
#include "support/suite.h"
#include "task/turns.h"

#define N 100

static void *args[N], *results[N];

static void
number_args(void)
{
	for (intptr_t i = 0; i < N; i++) {
		args[i] = pointer_of(i);
		results[i] = args; /* something else */
	}
}

static void *
twice(void *arg)
{
	return pointer_of(2 * (intptr_t)arg);
}

/* 3.2 "map": order and values are those of the serial map */
START_TEST(map)
{
	number_args();
	for (unsigned workers = 1; workers <= 3; workers++) {
		creel_pool *pool = pool_of(workers);

		ck_assert_int_eq(creel_map(pool, twice, args, N, results), CREEL_OK);
		for (intptr_t i = 0; i < N; i++)
			ck_assert_ptr_eq(results[i], pointer_of(2 * i));
		ck_assert_int_eq(creel_map(pool, twice, args, N, args), CREEL_OK); /* in place */
		ck_assert_ptr_eq(args[N - 1], pointer_of(2L * (N - 1)));
		number_args();
		creel_pool_destroy(pool);
	}
}
END_TEST

static atomic_int calls;

static void *
count_null(void *arg)
{
	if (arg == NULL)
		atomic_fetch_add(&calls, 1);
	return arg;
}

START_TEST(nothing_given)
{
	creel_pool *pool = pool_of(2);

	ck_assert_int_eq(creel_map(pool, count_null, NULL, N, NULL), CREEL_OK);
	ck_assert_int_eq(atomic_load(&calls), N);
	ck_assert_int_eq(creel_map(pool, count_null, NULL, 0, NULL), CREEL_OK);
	ck_assert_int_eq(atomic_load(&calls), N);
	creel_pool_destroy(pool);
}
END_TEST

/* What the tasks of a map do, by number. */
static void *
act(void *arg)
{
	switch ((intptr_t)arg) {
	case 0:
		return creel_fail(17, "the first");
	case 1:
		return creel_fail(18, "another");
	case 2:
		return creel_fail(CREEL_ECANCELLED, "of its own");
	case 3: /* until it is cancelled */
		return creel_sleep(CREEL_FOREVER) == CREEL_ECANCELLED
			       ? pointer_of(33)
			       : creel_fail(3, "it was not asked to end");
	case 4:
		creel_sleep(CREEL_FOREVER);
		return creel_fail(CREEL_ECANCELLED, "as asked");
	default:
		return arg;
	}
}

static creel_status
map_actions(creel_pool *pool, const intptr_t numbers[], size_t n)
{
	number_args();
	for (size_t i = 0; i < n; i++)
		args[i] = pointer_of(numbers[i]);
	return creel_map(pool, act, args, n, results);
}

/* 3.2 "map_exception": the first error in the order of the input; what came before it is there */
START_TEST(map_exception)
{
	creel_pool *pool = pool_of(1);

	ck_assert_int_eq(map_actions(pool, (intptr_t[]){9, 8, 1, 0}, 4), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, 18);
	ck_assert_str_eq(creel_last_error()->message, "another");
	ck_assert_ptr_eq(results[0], pointer_of(9));
	ck_assert_ptr_eq(results[1], pointer_of(8));
	ck_assert_ptr_null(results[2]);
	ck_assert_ptr_null(results[3]);
	ck_assert_ptr_eq(results[4], args);
	creel_pool_destroy(pool);
}
END_TEST

/* The others are asked to end, and waited for; one that ends well all the same has its result. */
START_TEST(an_error_cancels_the_rest)
{
	creel_pool *pool = pool_of(2);

	ck_assert_int_eq(map_actions(pool, (intptr_t[]){0, 4, 4, 4}, 4), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, 17);
	for (int i = 0; i < 4; i++)
		ck_assert_ptr_null(results[i]);
	creel_pool_destroy(pool);
}
END_TEST

static void
count_report(creel_future *future, const creel_error *error, void *ctx)
{
	(void)future;
	(void)error;
	++*(int *)ctx;
}

/* All errors count as looked at. */
START_TEST(nothing_is_reported)
{
	creel_pool *pool = pool_of(1);
	int reported = 0;

	creel_set_unhandled(count_report, &reported);
	ck_assert_int_eq(map_actions(pool, (intptr_t[]){0, 1, 0, 1}, 4), CREEL_EFAILED);
	ck_assert_int_eq(reported, 0);
	creel_pool_destroy(pool);
}
END_TEST

/* One of them was cancelled. */
START_TEST(cancelled_member)
{
	creel_pool *pool = pool_of(1);

	ck_assert_int_eq(map_actions(pool, (intptr_t[]){9, 2, 4}, 3), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ECANCELLED);
	ck_assert_ptr_eq(results[0], pointer_of(9));
	ck_assert_ptr_null(results[1]);
	ck_assert_ptr_null(results[2]);
	creel_pool_destroy(pool);
}
END_TEST

static creel_future *promises[3];

/* Each waits for the next, the last for nobody. */
static void *
await_the_next(void *arg)
{
	const intptr_t i = (intptr_t)arg;

	if (i < 2 && creel_await(promises[i + 1], NULL) != CREEL_OK)
		return NULL;
	creel_future_set_result(promises[i], NULL);
	return pointer_of(i + 1);
}

/* One that awaits holds up nobody, whoever has begun it. */
START_TEST(calls_may_await_each_other)
{
	for (unsigned n = 1; n <= 2; n++) {
		creel_pool *pool = pool_of(n);

		for (int i = 0; i < 3; i++) {
			args[i] = pointer_of(i);
			promises[i] = creel_future_create();
		}
		ck_assert_int_eq(creel_map(pool, await_the_next, args, 3, results), CREEL_OK);
		for (intptr_t i = 0; i < 3; i++)
			ck_assert_ptr_eq(results[i], pointer_of(i + 1));
		creel_futures_unref(promises, 3);
		creel_pool_destroy(pool);
	}
}
END_TEST

static creel_pool *workers;

static void *
map_as_task(void *arg)
{
	(void)arg;
	return pointer_of(map_actions(workers, (intptr_t[]){9, 3, 4}, 3));
}

/* The caller was cancelled: so are they, and it waits for them. */
START_TEST(caller_is_cancelled)
{
	creel_pool *callers = pool_of(1);
	creel_future *task;

	workers = pool_of(1);
	task = creel_submit(callers, map_as_task, NULL);
	settle(callers); /* it has submitted, and waits */
	settle(workers); /* both sleep */
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(take_number(task), CREEL_ECANCELLED);
	ck_assert_ptr_eq(results[0], pointer_of(9));
	ck_assert_ptr_eq(results[1], pointer_of(33));
	ck_assert_ptr_null(results[2]);
	creel_pool_destroy(callers);
	creel_pool_destroy(workers);
}
END_TEST

static void *
map_inside(void *arg)
{
	number_args();
	return pointer_of(creel_map(arg, twice, args, N, results));
}

/* From the only worker of the pool itself, and from a loop. */
START_TEST(from_tasks)
{
	creel_pool *pool = pool_of(1);
	creel_loop *loop = creel_loop_create(NULL);

	ck_assert_int_eq(take_number(creel_submit(pool, map_inside, pool)), CREEL_OK);
	ck_assert_ptr_eq(results[N - 1], pointer_of(2L * (N - 1)));
	ck_assert_int_eq(take_number(creel_loop_submit(loop, map_inside, pool)), CREEL_OK);
	ck_assert_ptr_eq(results[N - 1], pointer_of(2L * (N - 1)));
	creel_loop_destroy(loop);
	creel_pool_destroy(pool);
}
END_TEST

static void
map_in_callback(creel_future *future, void *arg)
{
	void **answer = arg;

	(void)future;
	*answer = map_inside(workers);
}

START_TEST(refused)
{
	creel_future *f = creel_future_create();
	void *answer = NULL;

	workers = pool_of(1);
	number_args();
	ck_assert_int_eq(creel_map(NULL, twice, args, N, results), CREEL_EINVAL);
	ck_assert_int_eq(creel_map(workers, NULL, args, N, results), CREEL_EINVAL);
	ck_assert_int_eq(creel_map(workers, twice, args, SIZE_MAX, results), CREEL_ENOMEM);
	ck_assert_int_eq(creel_future_on_done(f, map_in_callback, &answer), CREEL_OK);
	creel_future_set_result(f, NULL);
	ck_assert_ptr_eq(answer, pointer_of(CREEL_EDEADLK));
	ck_assert_ptr_eq(results[0], args);
	creel_pool_shutdown(workers, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER);
	ck_assert_int_eq(creel_map(workers, twice, args, N, results), CREEL_ECLOSED);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ECLOSED);
	creel_future_unref(f);
	creel_pool_destroy(workers);
}
END_TEST

CREEL_SUITE("creel.facade.map", map, nothing_given, map_exception, an_error_cancels_the_rest,
	nothing_is_reported, cancelled_member, calls_may_await_each_other, caller_is_cancelled,
	from_tasks, refused)
