/* SPDX-License-Identifier: MIT */
/* test_run.c: creel_run(): what it answers, and the order in which it cleans up. */
#include "facade/runs.h"
#include "support/suite.h"

#include <creel/run.h>
#include <string.h>

static void *
fail_with_seven(void *arg)
{
	(void)arg;
	return creel_fail(7, "seven");
}

static void *
end_cancelled(void *arg)
{
	(void)arg;
	return creel_fail(CREEL_ECANCELLED, "enough");
}

/* 1.13 "main returns / raises": its value or its error, after the clean-up */
/* 3.15 "asyncio_run_return": its value */
/* 3.15 "asyncio_run_raises": its error */
/* 3.15 "run_until_complete": the value of what was run */
START_TEST(the_answer_is_the_tasks_end)
{
	void *value = NULL;

	ck_assert_int_eq(creel_run(same, pointer_of(42), &value), CREEL_OK);
	ck_assert_ptr_eq(value, pointer_of(42));
	ck_assert_int_eq(creel_run(same, pointer_of(42), NULL), CREEL_OK);
	ck_assert_int_eq(creel_run(fail_with_seven, NULL, &value), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, 7);
	ck_assert_str_eq(creel_last_error()->message, "seven");
	ck_assert_int_eq(creel_run(end_cancelled, NULL, &value), CREEL_ECANCELLED);
	ck_assert_ptr_eq(value, pointer_of(42)); /* untouched */
	ck_assert_ptr_null(creel_current_loop());
}
END_TEST

/* 3.15 "asyncio_run_only_coro": nothing to run is refused, and so is a wrong option */
/* 3.15 "run_until_complete_type_error, Runner: run_non_coro": no function is EINVAL */
START_TEST(bad_arguments)
{
	const creel_run_options good = CREEL_RUN_OPTIONS_INIT;
	creel_run_options bad[4] = {good, good, good, good};

	bad[0].flags = UINT32_C(1) << 31;
	bad[1].shutdown_timeout = -1;
	bad[2].workers = CREEL_POOL_MAX_WORKERS + 1;
	bad[3].size = 0;
	ck_assert_int_eq(creel_run(NULL, NULL, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(creel_run_with(&bad[i], same, NULL, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_run_with(&good, same, NULL, NULL), CREEL_OK);
}
END_TEST

static void *
run_again(void *arg)
{
	return pointer_of(creel_run(note_task, arg, NULL));
}

static void
run_in_callback(void *arg)
{
	*(creel_status *)arg = creel_run(note_task, NULL, NULL);
}

static void *
call_run_in_callback(void *arg)
{
	creel_call_soon(creel_current_loop(), run_in_callback, arg, NULL);
	let_others_begin();
	return NULL;
}

/* 1.13 "from a running loop": ERUNNING, nothing is made */
/* 3.15 "asyncio_run_from_running_loop": ERUNNING, from a task, a callback, a worker */
/* 3.15 "recursive_run, run_until_complete_nesting": ERUNNING, and the run that is on goes on */
START_TEST(not_inside_another)
{
	creel_status status = CREEL_OK;
	creel_pool *pool = pool_of(1);
	void *answer = NULL;

	ck_assert_int_eq(creel_run(run_again, NULL, &answer), CREEL_OK);
	ck_assert_ptr_eq(answer, pointer_of(CREEL_ERUNNING));
	ck_assert_int_eq(creel_run(call_run_in_callback, &status, NULL), CREEL_OK);
	ck_assert_int_eq(status, CREEL_ERUNNING);
	ck_assert_int_eq(take_number(creel_submit(pool, run_again, NULL)), CREEL_ERUNNING);
	ck_assert_uint_eq(noted_count, 0);
	creel_pool_destroy(pool);
}
END_TEST

static creel_status answers[2];

static void
run_when_done(creel_future *future, void *arg)
{
	(void)future;
	answers[0] = creel_run(note_task, arg, NULL);
	answers[1] = creel_run_with(NULL, note_task, arg, NULL);
}

/* Nor in a callback on a thread that runs nothing. */
START_TEST(not_in_a_callback)
{
	creel_future *promise = creel_future_create();

	creel_future_on_done(promise, run_when_done, NULL);
	creel_future_set_result(promise, NULL);
	ck_assert_int_eq(answers[0], CREEL_ERUNNING);
	ck_assert_int_eq(answers[1], CREEL_ERUNNING);
	ck_assert_uint_eq(noted_count, 0);
	creel_no_suspend_enter(); /* the main task suspends, not the caller */
	ck_assert_int_eq(creel_run(note_task, pointer_of('a'), NULL), CREEL_OK);
	creel_no_suspend_leave();
	ck_assert_str_eq(noted, "a");
	creel_future_unref(promise);
}
END_TEST

static creel_future *left[3];

static void *
end_with_clean_up(void *arg)
{
	const creel_status status = creel_sleep(CREEL_FOREVER);

	note(pointer_of(status == CREEL_ECANCELLED ? 'c' : '!'));
	creel_sleep(0);
	creel_sleep(1); /* a clean-up may wait */
	note(pointer_of('d'));
	return arg;
}

static void *
leave_behind(void *arg)
{
	left[0] = creel_create_task(end_with_clean_up, pointer_of(5));
	let_others_begin();
	left[1] = creel_create_task(note_task, pointer_of('x')); /* it will not have begun */
	left[2] = creel_create_task(fail_with_seven, NULL);
	creel_call_soon(creel_current_loop(), note, pointer_of('s'), NULL);
	creel_call_later(creel_current_loop(), CREEL_SECONDS(1000), note, pointer_of('t'), NULL);
	return arg;
}

/* 1.13 "order of cleanup": tasks are cancelled and waited for */
/* 1.13 "pending `call_soon` at exit": called; timers are dropped */
/* 3.15 "asyncio_run_cancels_hanging_tasks": what is left is done at return */
START_TEST(what_is_left_is_ended)
{
	ck_assert_int_eq(creel_run(leave_behind, NULL, NULL), CREEL_OK);
	ck_assert_str_eq(noted, "scd");
	for (int i = 0; i < 3; i++)
		ck_assert(creel_future_done(left[i]));
	ck_assert_int_eq(take_number(left[0]), 5);
	ck_assert_int_eq(creel_take(left[1], NULL), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_take(left[2], NULL), CREEL_ECANCELLED);
}
END_TEST

static void *
fail_when_cancelled(void *arg)
{
	(void)arg;
	creel_sleep(CREEL_FOREVER);
	return creel_fail(9, "in the clean-up");
}

static void *
leave_one_that_fails(void *arg)
{
	creel_future_unref(creel_create_task(fail_when_cancelled, NULL));
	let_others_begin();
	return arg;
}

static int unhandled_code, unhandled_times;

static void
unhandled(creel_future *future, const creel_error *error, void *ctx)
{
	(void)future, (void)ctx;
	unhandled_code = error->code;
	unhandled_times++;
}

/* 1.13 "uncaught error in a leftover task during shutdown": told to creel_set_unhandled() */
/* 3.15 "asyncio_run_reports_hanging_tasks_errors": an error of the clean-up is told */
START_TEST(errors_of_what_is_left_are_told)
{
	creel_set_unhandled(unhandled, NULL);
	ck_assert_int_eq(creel_run(leave_one_that_fails, NULL, NULL), CREEL_OK);
	creel_set_unhandled(NULL, NULL);
	ck_assert_int_eq(unhandled_times, 1);
	ck_assert_int_eq(unhandled_code, 9);
}
END_TEST

/* Tasks that make tasks while they are ended. */
static void *
make_another(void *arg)
{
	atomic_int *made = arg;

	if (creel_sleep(CREEL_FOREVER) == CREEL_ECANCELLED) {
		atomic_fetch_add(made, 1);
		creel_future_unref(creel_create_task(make_another, arg));
		let_others_begin();
	}
	return NULL;
}

static void *
leave_one_that_makes_another(void *arg)
{
	creel_future_unref(creel_create_task(make_another, arg));
	let_others_begin();
	return NULL;
}

START_TEST(what_is_made_in_the_clean_up_is_ended)
{
	atomic_int made = 0;

	ck_assert_int_eq(creel_run(leave_one_that_makes_another, &made, NULL), CREEL_OK);
	ck_assert_int_eq(atomic_load(&made), 1);
}
END_TEST

static void
again_for_ever(void *arg)
{
	++*(int *)arg;
	creel_call_soon(creel_current_loop(), again_for_ever, arg, NULL);
}

static void *
leave_one_that_calls_itself(void *arg)
{
	creel_call_soon(creel_current_loop(), again_for_ever, arg, NULL);
	let_others_begin();
	return NULL;
}

/* A callback that schedules itself again and again does not keep it from ending. */
START_TEST(a_callback_without_end)
{
	int turns = 0;

	ck_assert_int_eq(creel_run(leave_one_that_calls_itself, &turns, NULL), CREEL_OK);
	ck_assert_int_gt(turns, 0);
}
END_TEST

static void *
run_often(void *arg)
{
	intptr_t sum = 0;

	for (int i = 0; i < 50; i++) {
		void *value = NULL;

		sum += creel_run(same, arg, &value) == CREEL_OK && value == arg;
	}
	return pointer_of(sum);
}

/* 3.15 "Runner: run": many runs, one after the other, and at once on several threads */
START_TEST(many_runs)
{
	pthread_t threads[4];
	void *sum;

	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, run_often, pointer_of(i));
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &sum);
		ck_assert_ptr_eq(sum, pointer_of(50));
	}
}
END_TEST

CREEL_SUITE("creel.facade.run", the_answer_is_the_tasks_end, bad_arguments, not_inside_another,
	not_in_a_callback, what_is_left_is_ended, errors_of_what_is_left_are_told,
	what_is_made_in_the_clean_up_is_ended, a_callback_without_end, many_runs)
