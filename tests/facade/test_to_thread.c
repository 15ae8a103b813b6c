/* SPDX-License-Identifier: MIT */
/* test_to_thread.c: creel_to_thread(): the pool of the runtime, from wherever it is reached. */
#include "facade/runs.h"
#include "support/suite.h"

#include <creel/run.h>

static pthread_t main_thread;

static void *
look_around(void *arg)
{
	return pointer_of(creel_current_pool() != NULL && creel_current_loop() == NULL &&
			  !pthread_equal(pthread_self(), main_thread) && arg == NULL);
}

static void *
call_once(void *arg)
{
	void *value = NULL;
	const creel_status status = creel_take(creel_to_thread(look_around, arg), &value);

	return pointer_of(status == CREEL_OK && value == pointer_of(true));
}

/* 3.15 "to_thread: to_thread": on a worker, and its value comes back */
/* 1.14 "to_thread": on the pool of the runtime, which is made when it is needed */
START_TEST(it_runs_on_a_worker)
{
	void *fine = NULL;

	main_thread = pthread_self();
	ck_assert_int_eq(creel_run(call_once, NULL, &fine), CREEL_OK);
	ck_assert_ptr_eq(fine, pointer_of(true));
}
END_TEST

static void *
fail_with_seven(void *arg)
{
	(void)arg;
	return creel_fail(7, "seven");
}

static void *
call_and_fail(void *arg)
{
	creel_future *f = creel_to_thread(fail_with_seven, arg);

	creel_await(f, NULL);
	return pointer_of(code_of_failed(f));
}

/* 3.15 "to_thread: to_thread_exception": its error comes back */
START_TEST(its_error_comes_back)
{
	void *code = NULL;

	ck_assert_int_eq(creel_run(call_and_fail, NULL, &code), CREEL_OK);
	ck_assert_ptr_eq(code, pointer_of(7));
}
END_TEST

enum { CALLS = 100 };

static void *
count_call(void *arg)
{
	add_one(arg);
	return NULL;
}

static void *
call_many(void *arg)
{
	creel_future *calls[CALLS];
	int good = 0;

	for (int i = 0; i < CALLS; i++)
		calls[i] = creel_to_thread(count_call, arg);
	for (int i = 0; i < CALLS; i++)
		good += creel_take(calls[i], NULL) == CREEL_OK;
	return pointer_of(good);
}

/* 3.15 "to_thread: to_thread_concurrent": many at once, each once */
START_TEST(many_at_once)
{
	creel_run_options options = CREEL_RUN_OPTIONS_INIT;
	atomic_int calls = 0;
	void *good = NULL;

	options.workers = 2;
	ck_assert_int_eq(creel_run_with(&options, call_many, &calls, &good), CREEL_OK);
	ck_assert_ptr_eq(good, pointer_of(CALLS));
	ck_assert_int_eq(atomic_load(&calls), CALLS);
}
END_TEST

static creel_future *kept;
static creel_pool *own_pool;
static gate outside = GATE_INIT;

static void *
get_pool_size(void *arg)
{
	(void)arg;
	return pointer_of((int)creel_pool_size(creel_current_pool()));
}

static void *
call_from_a_worker(void *arg)
{
	void *size = NULL;

	creel_take(creel_to_thread(get_pool_size, arg), &size);
	return size;
}

static void *
call_through(void *arg)
{
	creel_task_options named = CREEL_TASK_OPTIONS_INIT;
	void *sizes[4] = {NULL};

	named.name = "a task with options";
	creel_take(creel_to_thread(call_from_a_worker, arg), &sizes[0]);
	creel_take(creel_submit(own_pool, call_from_a_worker, arg), &sizes[1]);
	creel_take(creel_create_task(call_from_a_worker, arg), &sizes[2]);
	creel_take(creel_submit_with(own_pool, &named, call_from_a_worker, arg), &sizes[3]);
	for (int i = 0; i < 4; i++)
		if (sizes[i] != pointer_of(3))
			return NULL;
	return pointer_of(true);
}

/* However far a task is from the main task: its runtime is that of whoever made it. */
START_TEST(the_runtime_is_handed_on)
{
	creel_run_options options = CREEL_RUN_OPTIONS_INIT;
	void *fine = NULL;

	options.workers = 3;
	own_pool = pool_of(1);
	ck_assert_int_eq(creel_run_with(&options, call_through, NULL, &fine), CREEL_OK);
	ck_assert_ptr_eq(fine, pointer_of(true));
	creel_pool_destroy(own_pool);
}
END_TEST

static void *
refused_null(void *arg)
{
	(void)arg;
	return pointer_of(code_of_failed(creel_to_thread(NULL, NULL)));
}

static void *
no_runtime(void *arg)
{
	return pointer_of(code_of_failed(creel_to_thread(same, arg)));
}

/* 1.14 "to_thread": without a runtime ESTATE */
START_TEST(refused)
{
	creel_loop *loop = loop_with_thread();
	creel_pool *pool = pool_of(1);
	void *code = NULL;

	ck_assert_int_eq(code_of_failed(creel_to_thread(same, NULL)), CREEL_ESTATE);
	ck_assert_int_eq(code_of_failed(creel_to_thread(NULL, NULL)), CREEL_EINVAL);
	ck_assert_int_eq(take_number(creel_submit(pool, no_runtime, NULL)), CREEL_ESTATE);
	ck_assert_int_eq(take_number(creel_loop_submit(loop, no_runtime, NULL)), CREEL_ESTATE);
	ck_assert_int_eq(creel_run(refused_null, NULL, &code), CREEL_OK);
	ck_assert_ptr_eq(code, pointer_of(CREEL_EINVAL));
	creel_pool_destroy(pool);
	creel_loop_destroy(loop);
}
END_TEST

static void *
pass_and_call(void *arg)
{
	gate_pass(&outside);
	return no_runtime(arg);
}

static void *
leave_outside(void *arg)
{
	kept = creel_submit(own_pool, pass_and_call, arg);
	return NULL;
}

/* A task on a pool of the program's own outlives the run: its runtime has ended. */
START_TEST(after_the_run)
{
	own_pool = pool_of(1);
	ck_assert_int_eq(creel_run(leave_outside, NULL, NULL), CREEL_OK);
	gate_open(&outside);
	ck_assert_int_eq(take_number(kept), CREEL_ESTATE);
	creel_pool_destroy(own_pool);
}
END_TEST

static creel_loop *runs_loop;
static atomic_int posted, refused_posts;

static void *
post_back(void *arg)
{
	creel_status status;

	(void)arg;
	gate_pass(&outside);
	if (creel_call_soon_threadsafe(runs_loop, add_one, &posted, NULL) != CREEL_OK)
		add_one(&refused_posts);
	do /* what comes while the loop's tasks are ended is, too */
		status = creel_take(creel_loop_submit(runs_loop, count_call, &posted), NULL);
	while (status == CREEL_ECANCELLED);
	if (status != CREEL_OK)
		add_one(&refused_posts);
	return NULL;
}

static void *
open_outside(void *arg)
{
	gate_await_arrivals(&outside, 1);
	creel_sleep(CREEL_FOREVER); /* until the clean-up */
	gate_open(&outside);
	return arg;
}

static void *
leave_on_the_pool(void *arg)
{
	runs_loop = creel_current_loop();
	kept = creel_to_thread(post_back, arg);
	creel_future_unref(creel_create_task(open_outside, arg));
	let_others_begin();
	return NULL;
}

/* 1.13 "executor still busy": the run waits for it, and the loop goes on meanwhile */
START_TEST(the_pool_ends_what_it_has)
{
	ck_assert_int_eq(creel_run(leave_on_the_pool, NULL, NULL), CREEL_OK);
	ck_assert_int_eq(creel_take(kept, NULL), CREEL_OK);
	ck_assert_int_eq(atomic_load(&posted), 2);
	ck_assert_int_eq(atomic_load(&refused_posts), 0);
}
END_TEST

static void *
is_asked_to_end(void *arg)
{
	(void)arg;
	return pointer_of(creel_cancel_requested() &&
			  creel_sleep(CREEL_FOREVER) == CREEL_ECANCELLED &&
			  creel_sleep(0) == CREEL_OK);
}

static void *
submit_when_the_pool_ends(void *arg)
{
	void *asked = NULL;

	while (code_of_failed(creel_to_thread(same, arg)) != CREEL_ESTATE)
		creel_sleep(0);
	creel_take(creel_loop_submit(runs_loop, is_asked_to_end, arg), &asked);
	return asked;
}

static void *
leave_one_that_submits(void *arg)
{
	runs_loop = creel_current_loop();
	kept = creel_to_thread(submit_when_the_pool_ends, arg);
	return NULL;
}

/* What comes to the loop while the pool ends runs, but has been asked to end. */
START_TEST(the_loop_ends_what_comes_meanwhile)
{
	ck_assert_int_eq(creel_run(leave_one_that_submits, NULL, NULL), CREEL_OK);
	ck_assert_int_eq(take_number(kept), true);
}
END_TEST

static void *
leave_one_that_sleeps(void *arg)
{
	kept = creel_to_thread(sleep_for_ever, arg);
	creel_future_unref(creel_to_thread(sleep_for_ever, arg));
	return NULL;
}

/* 3.15 "shutdown_default_executor_timeout": what is left after it is asked to end */
START_TEST(the_pool_is_waited_for_so_long)
{
	creel_run_options options = CREEL_RUN_OPTIONS_INIT;

	options.shutdown_timeout = CREEL_MILLISECONDS(1);
	options.workers = 1;
	ck_assert_int_eq(creel_run_with(&options, leave_one_that_sleeps, NULL, NULL), CREEL_OK);
	ck_assert(creel_future_done(kept));
	creel_future_unref(kept);
}
END_TEST

static void *
close_own_loop(void *arg)
{
	leave_one_that_sleeps(arg);
	return pointer_of(creel_loop_close(creel_current_loop(), 0));
}

static void
count_unhandled(creel_future *future, const creel_error *error, void *ctx)
{
	(void)future, (void)error;
	add_one(ctx);
}

/* The main task has closed the loop: the pool ends all the same, and as soon. */
START_TEST(the_pool_ends_without_the_loop)
{
	creel_run_options options = CREEL_RUN_OPTIONS_INIT;
	atomic_int unhandled = 0;
	void *status = NULL;

	creel_set_unhandled(count_unhandled, &unhandled);
	options.shutdown_timeout = CREEL_MILLISECONDS(1);
	options.workers = 1;
	ck_assert_int_eq(creel_run_with(&options, close_own_loop, NULL, &status), CREEL_OK);
	creel_set_unhandled(NULL, NULL);
	ck_assert_ptr_eq(status, pointer_of(CREEL_ETIMEDOUT));
	ck_assert(creel_future_done(kept));
	ck_assert_int_eq(atomic_load(&unhandled), 0);
	creel_future_unref(kept);
}
END_TEST

CREEL_SUITE("creel.facade.to_thread", it_runs_on_a_worker, its_error_comes_back, many_at_once,
	the_runtime_is_handed_on, refused, after_the_run, the_pool_ends_what_it_has,
	the_loop_ends_what_comes_meanwhile, the_pool_is_waited_for_so_long,
	the_pool_ends_without_the_loop)
