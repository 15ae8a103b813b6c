/* SPDX-License-Identifier: MIT */
/* test_no_memory.c: tasks and waits when memory, or stacks, cannot be had. */
#include "support/faults.h"
#include "support/gate.h"
#include "support/suite.h"
#include "task/turns.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

static atomic_int drops, runs;

static void
drop(void *arg)
{
	(void)arg;
	atomic_fetch_add(&drops, 1);
}

static void *
run(void *arg)
{
	atomic_fetch_add(&runs, 1);
	return arg;
}

static const creel_task_options named = {.size = sizeof named, .name = "a task", .arg_drop = drop};

/* 3.16 "26. allocation-failure injection": submit gives a static failed future, and drops the argument
   0.2 "Allocation failure": nothing was submitted */
START_TEST(submit_without_memory)
{
	creel_pool *pool = pool_of(1);
	creel_future *future, *plain, *refused;
	creel_status status;

	settle(pool);
	fault_arm(FAULT_MALLOC, 1, true);
	future = creel_submit_with(pool, &named, run, NULL);
	plain = creel_submit(pool, run, NULL);
	refused = creel_submit(NULL, NULL, NULL);
	status = creel_await(future, NULL);
	ck_assert(fault_disarm());
	ck_assert_int_eq(status, CREEL_EFAILED);
	ck_assert_ptr_eq(plain, future);
	ck_assert_ptr_eq(refused, future);
	ck_assert_int_eq(atomic_load(&drops), 1);
	ck_assert_int_eq(creel_future_error(future)->code, CREEL_ENOMEM);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ENOMEM);
	for (int i = 0; i < 100; i++)
		creel_future_unref(future);
	ck_assert_int_eq(creel_future_cancel(future), CREEL_CANCEL_TOO_LATE);
	ck_assert_int_eq(creel_take(future, NULL), CREEL_EFAILED);
	settle(pool);
	ck_assert_int_eq(atomic_load(&runs), 0);
	creel_pool_destroy(pool);
}
END_TEST

static void
sweep_submit(creel_pool *pool, bool all)
{
	int submitted = 0, n = 0;

	atomic_store(&drops, 0);
	atomic_store(&runs, 0);
	for (bool failed = true; failed; submitted++) {
		creel_future *future;
		creel_status status;

		fault_arm(FAULT_MALLOC, ++n, all);
		future = creel_submit_with(pool, &named, run, NULL);
		failed = fault_disarm();
		status = creel_await(future, NULL);
		ck_assert_int_eq(status, failed ? CREEL_EFAILED : CREEL_OK);
		if (failed)
			ck_assert_int_eq(creel_future_error(future)->code, CREEL_ENOMEM);
		creel_future_unref(future);
		ck_assert_int_eq(atomic_load(&drops), submitted + 1);
	}
	ck_assert_int_eq(n, 3);
	ck_assert_int_eq(atomic_load(&runs), 1);
}

/* 3.16 "26. allocation-failure injection": each of submit_with, once or for good */
START_TEST(every_point_of_submit)
{
	creel_pool *pool = pool_of(1);

	settle(pool);
	sweep_submit(pool, false);
	sweep_submit(pool, true);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(a_post_without_memory_leaves_the_argument)
{
	creel_pool *pool = pool_of(1);
	creel_status status;

	settle(pool);
	fault_arm(FAULT_MALLOC, 1, false);
	status = creel_post(pool, run, NULL);
	ck_assert(fault_disarm());
	ck_assert_int_eq(status, CREEL_ENOMEM);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ENOMEM);
	ck_assert_int_eq(creel_post(pool, run, NULL), CREEL_OK);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&runs), 1);
}
END_TEST

static void
sweep_submit_many(creel_pool *pool, bool all)
{
	enum { N = 5 };
	int n = 0, expected = 0;

	atomic_store(&runs, 0);
	for (bool failed = true; failed;) {
		creel_future *out[N] = {NULL};
		creel_status status;

		fault_arm(FAULT_MALLOC, ++n, all);
		status = creel_submit_many(pool, run, NULL, N, out);
		failed = fault_disarm();
		ck_assert_int_eq(status, failed ? CREEL_ENOMEM : CREEL_OK);
		for (int i = 0; i < N; i++) {
			bool accepted = i < n - 1;

			ck_assert_ptr_nonnull(out[i]);
			ck_assert_int_eq(
				creel_await(out[i], NULL), accepted ? CREEL_OK : CREEL_EFAILED);
			if (!accepted)
				ck_assert_int_eq(creel_future_error(out[i])->code, CREEL_ENOMEM);
			expected += accepted;
		}
		creel_futures_unref(out, N);
		ck_assert_int_eq(atomic_load(&runs), expected);
	}
	ck_assert_int_eq(n, N + 1);
}

/* 3.16 "26. allocation-failure injection": submit_many submits what it had memory for, the rest has
   failed */
START_TEST(every_point_of_submit_many)
{
	creel_pool *pool = pool_of(1);
	creel_status status;

	settle(pool);
	sweep_submit_many(pool, false);
	sweep_submit_many(pool, true);
	atomic_store(&runs, 0);
	fault_arm(FAULT_MALLOC, 3, true);
	status = creel_submit_many(pool, run, NULL, 5, NULL);
	ck_assert(fault_disarm());
	ck_assert_int_eq(status, CREEL_ENOMEM);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&runs), 2);
}
END_TEST

static int line;

static void *
fail_without_memory(void *arg)
{
	void *failure;

	fault_arm(FAULT_MALLOC, 1, true);
	line = __LINE__ + 1;
	failure = creel_fail((int)(intptr_t)arg, "a message with %d numbers", 1);
	fault_disarm();
	return failure;
}

/* Without memory for the message the task fails all the same, with its code and origin. */
START_TEST(fail_keeps_the_code)
{
	creel_pool *pool = pool_of(1);
	creel_future *future = creel_submit(pool, fail_without_memory, pointer_of(EIO));
	creel_future *cancelled;

	ck_assert_int_eq(creel_await(future, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(future)->code, EIO);
	ck_assert_int_ne(creel_future_error(future)->message[0], '\0');
	ck_assert_str_eq(creel_future_error(future)->file, __FILE__);
	ck_assert_int_eq(creel_future_error(future)->line, line);
	creel_future_unref(future);
	cancelled = creel_submit(pool, fail_without_memory, pointer_of(CREEL_ECANCELLED));
	ck_assert_int_eq(creel_take(cancelled, NULL), CREEL_ECANCELLED);
	creel_pool_destroy(pool);
}
END_TEST

/* However many errors are held meanwhile: each future fails. */
START_TEST(any_number_of_tasks_fail_without_memory)
{
	enum { N = 100 };
	creel_pool *pool = pool_of(1);
	creel_future *futures[N];

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < N; i++) {
			futures[i] = creel_submit(pool, fail_without_memory, pointer_of(EIO));
			ck_assert_int_eq(creel_await(futures[i], NULL), CREEL_EFAILED);
		}
		ck_assert_int_eq(creel_future_error(futures[0])->code, EIO);
		ck_assert_ptr_nonnull(creel_future_error(futures[N - 1])->message);
		creel_futures_unref(futures, N);
	}
	creel_pool_destroy(pool);
}
END_TEST

/* The waits of a task, by number. */
static creel_status
wait_somehow(int how, creel_future *future)
{
	switch (how) {
	case 0:
		return creel_await(future, NULL);
	case 1:
		return creel_await_for(future, CREEL_FOREVER, NULL);
	case 2:
		return creel_wait_for(future, CREEL_FOREVER, NULL);
	case 3:
		return creel_take(creel_future_ref(future), NULL);
	case 4:
		return creel_sleep(CREEL_FOREVER);
	case 5:
		return creel_sleep(0);
	default:
		return creel_pool_run(creel_current_pool(), run, NULL, NULL);
	}
}
enum { WAYS = 7 };

typedef struct starved {
	creel_future *promise;
	creel_status status[WAYS];
	int last_code[WAYS];
	creel_status poll;
	atomic_bool refused;
} starved;

/* Wait for the promise; the first that cannot tries all the other waits. */
static void *
wait_until_refused(void *arg)
{
	starved *s = arg;
	creel_status status = creel_await(s->promise, NULL);

	if (status != CREEL_ENOMEM || atomic_exchange(&s->refused, true))
		return pointer_of(status);
	for (int i = 0; i < WAYS; i++) {
		s->status[i] = wait_somehow(i, s->promise);
		s->last_code[i] = creel_last_error()->code;
	}
	s->poll = creel_await_for(s->promise, 0, NULL);
	fault_disarm();
	return pointer_of(creel_await(s->promise, NULL));
}

/* 1.3 "await": ENOMEM, without having waited, where no stack can be had; afterwards all is well */
START_TEST(no_stack_to_suspend_with)
{
	enum { N = 5000 };
	creel_pool *pool = pool_of(1);
	starved s = {.promise = creel_future_create()};
	creel_future **futures = calloc(N, sizeof *futures);
	int n = 0;

	settle(pool);
	fault_arm(FAULT_MMAP, 1, true);
	while (n < N && !atomic_load(&s.refused)) {
		futures[n++] = creel_submit(pool, wait_until_refused, &s);
		settle(pool);
	}
	ck_assert(atomic_load(&s.refused));
	creel_future_set_result(s.promise, NULL);
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(take_number(futures[i]), CREEL_OK);
	for (int i = 0; i < WAYS; i++) {
		ck_assert_int_eq(s.status[i], CREEL_ENOMEM);
		ck_assert_int_eq(s.last_code[i], CREEL_ENOMEM);
	}
	ck_assert_int_eq(s.poll, CREEL_ETIMEDOUT);
	free(futures);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&runs), 0); /* creel_pool_run() submitted nothing */
	creel_future_unref(s.promise);
}
END_TEST

static void *
wait_in_thread(void *arg)
{
	starved *s = arg;

	for (int i = 0; i < 5; i++) {
		s->status[i] = wait_somehow(i, s->promise);
		s->last_code[i] = creel_last_error()->code;
	}
	fault_disarm();
	atomic_store(&s->refused, true);
	return pointer_of(creel_await(s->promise, NULL));
}

/* A plain thread that has never waited needs memory to, once. */
START_TEST(no_parker_to_block_with)
{
	starved s = {.promise = creel_future_create()};
	void *value = NULL;
	pthread_t thread;
	int error;

	fault_arm(FAULT_MALLOC, 1, true);
	error = pthread_create(&thread, NULL, wait_in_thread, &s);
	while (error == 0 && !atomic_load(&s.refused))
		sched_yield();
	fault_disarm();
	ck_assert_int_eq(error, 0);
	creel_future_set_result(s.promise, NULL);
	ck_assert_int_eq(pthread_join(thread, &value), 0);
	ck_assert_int_eq((intptr_t)value, CREEL_OK);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(s.status[i], CREEL_ENOMEM);
		ck_assert_int_eq(s.last_code[i], CREEL_ENOMEM);
	}
	creel_future_unref(s.promise);
}
END_TEST

CREEL_SUITE("creel.task.no_memory", submit_without_memory, every_point_of_submit,
	a_post_without_memory_leaves_the_argument, every_point_of_submit_many, fail_keeps_the_code,
	any_number_of_tasks_fail_without_memory, no_stack_to_suspend_with, no_parker_to_block_with)
