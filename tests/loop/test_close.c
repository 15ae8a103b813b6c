/* SPDX-License-Identifier: MIT */
/* test_close.c: how a loop ends: by whom, what becomes of what it has, and what it answers then. */
#include "loop/loops.h"
#include "support/fake_clock.h"
#include "support/suite.h"

static void
ignore_done(creel_future *future, void *arg)
{
	(void)future, (void)arg;
}

static int
submitted_code(creel_loop *loop)
{
	creel_future *task = creel_loop_submit(loop, same, NULL);
	const creel_error *error = creel_future_error(task);
	int code = error != NULL ? error->code : 0;

	creel_future_unref(task);
	return code;
}

/* 1.12 "closed loop": every way in answers ECLOSED */
/* 3.15 "close": all scheduling is refused; closing again is fine */
/* 3.15 "Runner: explicit_close, Runner: double_close": nothing is run after it; a second close does nothing */
START_TEST(a_closed_loop_refuses)
{
	for (uint32_t flags = 0; flags <= CREEL_LOOP_NO_THREAD; flags++) {
		creel_loop *loop = loop_with(flags);
		creel_future *f = creel_future_create();

		for (int i = 0; i < 3; i++)
			ck_assert_int_eq(creel_loop_close(loop, CREEL_FOREVER), CREEL_OK);
		ck_assert_int_eq(creel_loop_close(loop, 0), CREEL_OK);
		ck_assert_int_eq(creel_call_soon(loop, note, NULL, NULL), CREEL_ECLOSED);
		ck_assert_int_eq(creel_call_soon_threadsafe(loop, note, NULL, NULL), CREEL_ECLOSED);
		ck_assert_int_eq(creel_call_later(loop, 0, note, NULL, NULL), CREEL_ECLOSED);
		ck_assert_int_eq(creel_call_at(loop, 0, note, NULL, NULL), CREEL_ECLOSED);
		ck_assert_int_eq(creel_loop_on_done(loop, f, ignore_done, NULL), CREEL_ECLOSED);
		ck_assert_int_eq(creel_loop_on_slow(loop, 0, NULL, NULL), CREEL_ECLOSED);
		ck_assert_int_eq(
			creel_loop_run_once(loop, 0), flags == 0 ? CREEL_ESTATE : CREEL_ECLOSED);
		ck_assert_int_eq(submitted_code(loop), CREEL_ECLOSED);
		creel_future_unref(f);
		creel_loop_destroy(loop);
	}
}
END_TEST

static void
add_more(void *arg)
{
	creel_status *status = arg;

	note(pointer_of('a'));
	*status = creel_call_soon(creel_current_loop(), note, pointer_of('x'), NULL);
}

/* 1.12 "close()": callbacks that are ready run, timers are dropped, tasks that have not begun are
 * cancelled */
START_TEST(what_a_closing_loop_does_with_what_it_has)
{
	for (uint32_t flags = 0; flags <= CREEL_LOOP_NO_THREAD; flags++) {
		creel_loop *loop = loop_with(flags);
		creel_status added = CREEL_EPENDING;
		gate hold = GATE_INIT;
		creel_future *task;

		noted[noted_count = 0] = '\0';
		if (flags == 0) {
			creel_call_soon_threadsafe(loop, hold_loop, &hold, NULL);
			gate_await_arrivals(&hold, 1);
		} else {
			creel_call_later(loop, CREEL_SECONDS(1000), note, NULL, NULL);
			creel_call_later(loop, CREEL_FOREVER, note, NULL, NULL);
		}
		creel_call_soon_threadsafe(loop, add_more, &added, NULL);
		task = creel_loop_submit(loop, note_task, pointer_of('t'));
		creel_call_soon_threadsafe(loop, note, pointer_of('b'), NULL);
		ck_assert_int_eq(
			creel_loop_close(loop, 0), flags == 0 ? CREEL_ETIMEDOUT : CREEL_OK);
		gate_open(&hold);
		ck_assert_int_eq(creel_loop_close(loop, CREEL_FOREVER), CREEL_OK);
		noted[2] = '\0';
		ck_assert_uint_eq(noted_count, 2);
		ck_assert_str_eq(noted, "ab");
		ck_assert_int_eq(added, CREEL_ECLOSED);
		ck_assert_int_eq(creel_take(task, NULL), CREEL_ECANCELLED);
		creel_loop_destroy(loop);
	}
}
END_TEST

static void *
await_twice(void *arg)
{
	const creel_status first = creel_await(arg, NULL);

	return pointer_of(first == CREEL_ECANCELLED && creel_cancel_requested() &&
			  creel_sleep(0) == CREEL_OK);
}

/* Those that have begun are asked to end, and are waited for. */
START_TEST(tasks_are_asked_to_end)
{
	for (uint32_t flags = 0; flags <= CREEL_LOOP_NO_THREAD; flags++) {
		creel_loop *loop = loop_with(flags);
		creel_future *promise = creel_future_create();
		creel_future *task = creel_loop_submit(loop, await_twice, promise);

		if (flags == 0)
			settle_loop(loop);
		else
			ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
		creel_loop_destroy(loop);
		ck_assert(creel_future_done(task));
		ck_assert_int_eq(take_number(task), true);
		creel_future_unref(promise);
	}
}
END_TEST

static void *
ignore_cancel(void *arg)
{
	while (creel_await(arg, NULL) == CREEL_ECANCELLED)
		;
	return NULL;
}

/* A thread that closes a loop. */
typedef struct closer {
	creel_loop *loop;
	creel_duration timeout;
	creel_status status;
	pthread_t thread;
} closer;

static void *
close_loop(void *arg)
{
	closer *c = arg;

	c->status = creel_loop_close(c->loop, c->timeout);
	return NULL;
}

START_TEST(it_waits_so_long_and_the_closing_goes_on)
{
	creel_future *promise = creel_future_create(), *task;
	closer closers[3];
	creel_loop *loop;

	fake_clock_start();
	loop = loop_with_thread();
	task = creel_loop_submit(loop, ignore_cancel, promise);
	settle_loop(loop);
	ck_assert_int_eq(creel_loop_close(loop, 0), CREEL_ETIMEDOUT);
	for (int i = 0; i < 3; i++) {
		closers[i] = (closer){.loop = loop, .timeout = CREEL_SECONDS(i + 1)};
		pthread_create(&closers[i].thread, NULL, close_loop, &closers[i]);
	}
	fake_clock_await_sleepers(3);
	fake_clock_step(CREEL_SECONDS(2));
	for (int i = 0; i < 2; i++) {
		pthread_join(closers[i].thread, NULL);
		ck_assert_int_eq(closers[i].status, CREEL_ETIMEDOUT);
	}
	ck_assert_int_eq(submitted_code(loop), CREEL_ECLOSED);
	creel_future_set_result(promise, NULL);
	pthread_join(closers[2].thread, NULL);
	ck_assert_int_eq(closers[2].status, CREEL_OK);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	creel_future_unref(promise);
	creel_loop_destroy(loop);
}
END_TEST

START_TEST(without_a_thread_it_runs_so_long)
{
	creel_future *promise = creel_future_create(), *task;
	creel_loop *loop = loop_without_thread();

	task = creel_loop_submit(loop, ignore_cancel, promise);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_int_eq(creel_loop_close(loop, CREEL_MICROSECONDS(10)), CREEL_ETIMEDOUT);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_ETIMEDOUT);
	creel_future_set_result(promise, NULL);
	while (creel_loop_run_once(loop, 0) != CREEL_ECLOSED)
		;
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_assert_int_eq(creel_loop_close(loop, 0), CREEL_OK);
	creel_future_unref(promise);
	creel_loop_destroy(loop);
}
END_TEST

/* Timers go on while a task keeps the loop from closing; what is not due when it ends is dropped. */
START_TEST(timers_until_the_last_task_has_ended)
{
	creel_future *promise = creel_future_create(), *task;
	creel_handle *never;
	creel_loop *loop;

	fake_clock_start();
	loop = loop_without_thread();
	task = creel_loop_submit(loop, ignore_cancel, promise);
	creel_call_later(loop, CREEL_SECONDS(1), note, pointer_of('a'), NULL);
	creel_call_later(loop, CREEL_SECONDS(3), note, pointer_of('b'), &never);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_int_eq(creel_loop_close(loop, 0), CREEL_ETIMEDOUT);
	ck_assert_uint_eq(noted_count, 0);
	fake_clock_step(CREEL_SECONDS(2));
	ck_assert_int_eq(creel_loop_close(loop, 0), CREEL_ETIMEDOUT);
	ck_assert_str_eq(noted, "a");
	creel_future_set_result(promise, NULL);
	ck_assert_int_eq(creel_loop_close(loop, CREEL_FOREVER), CREEL_OK);
	ck_assert_str_eq(noted, "a");
	ck_assert(!creel_handle_cancel(never));
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	creel_handle_unref(never);
	creel_future_unref(promise);
	creel_loop_destroy(loop);
}
END_TEST

/* What was answered to a task that closes its own loop, or to a callback. */
static creel_status by_itself[2];

static void *
close_own(void *arg)
{
	by_itself[0] = creel_loop_close(arg, CREEL_FOREVER);
	by_itself[1] = creel_loop_close(arg, 0);
	return pointer_of(creel_sleep(0) == CREEL_ECANCELLED);
}

/* 3.15 "close_running_event_loop": EDEADLK, and it closes when the caller has returned */
START_TEST(closed_by_its_own_task)
{
	for (uint32_t flags = 0; flags <= CREEL_LOOP_NO_THREAD; flags++) {
		creel_loop *loop = loop_with(flags);
		creel_future *task = creel_loop_submit(loop, close_own, loop);

		if (flags != 0)
			run_out(loop);
		ck_assert_int_eq(take_number(task), true);
		ck_assert_int_eq(by_itself[0], CREEL_EDEADLK);
		ck_assert_int_eq(by_itself[1], CREEL_ETIMEDOUT);
		ck_assert_int_eq(creel_loop_close(loop, CREEL_FOREVER), CREEL_OK);
		creel_loop_destroy(loop);
	}
}
END_TEST

static void
close_when_done(creel_future *future, void *arg)
{
	(void)future;
	by_itself[0] = creel_loop_close(arg, CREEL_FOREVER);
	by_itself[1] = creel_loop_close(arg, 0);
}

/* Have fn(future, arg) called on this thread. */
static void
call_back(creel_done_fn *fn, void *arg)
{
	creel_future *promise = creel_future_create();

	creel_future_on_done(promise, fn, arg);
	creel_future_set_result(promise, NULL);
	creel_future_unref(promise);
}

/* Whoever may not wait begins it, with a thread and without. */
START_TEST(closed_by_a_callback_elsewhere)
{
	for (uint32_t flags = 0; flags <= CREEL_LOOP_NO_THREAD; flags++) {
		creel_loop *loop = loop_with(flags);
		creel_future *promise = creel_future_create();
		creel_future *task = creel_loop_submit(loop, ignore_cancel, promise);

		if (flags == 0)
			settle_loop(loop);
		else
			run_out(loop);
		call_back(close_when_done, loop);
		ck_assert_int_eq(by_itself[0], CREEL_EDEADLK);
		ck_assert_int_eq(by_itself[1], CREEL_ETIMEDOUT);
		ck_assert_int_eq(submitted_code(loop), CREEL_ECLOSED);
		creel_no_suspend_enter();
		ck_assert_int_eq(creel_loop_close(loop, CREEL_FOREVER), CREEL_EDEADLK);
		creel_no_suspend_leave();
		creel_future_set_result(promise, NULL);
		ck_assert_int_eq(creel_loop_close(loop, CREEL_FOREVER), CREEL_OK);
		call_back(close_when_done, loop);
		ck_assert_int_eq(by_itself[0], CREEL_OK);
		ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
		creel_future_unref(promise);
		creel_loop_destroy(loop);
	}
}
END_TEST

static void
destroy_when_done(creel_future *future, void *arg)
{
	(void)future;
	creel_loop_destroy(arg);
}

/* To destroy is to wait, even there. */
START_TEST(destroyed_by_a_callback_elsewhere)
{
	for (uint32_t flags = 0; flags <= CREEL_LOOP_NO_THREAD; flags++) {
		creel_loop *loop = loop_with(flags);
		creel_future *promise = creel_future_create();
		creel_future *task = creel_loop_submit(loop, await_twice, promise);

		if (flags == 0)
			settle_loop(loop);
		else
			run_out(loop);
		call_back(destroy_when_done, loop);
		ck_assert(creel_future_done(task));
		ck_assert_int_eq(take_number(task), true);
		creel_future_unref(promise);
	}
}
END_TEST

static void
destroy_own(void *arg)
{
	creel_loop_destroy(arg);
}

static void *
destroy_own_and_note(void *arg)
{
	atomic_int *done = arg;

	creel_loop_destroy(creel_current_loop());
	creel_sleep(0);
	creel_sleep(0);
	atomic_fetch_add(done, 1);
	return NULL;
}

/* Destroyed on itself, a loop frees itself when what it has has ended; leaks are the sanitizer's. */
START_TEST(destroyed_by_itself)
{
	for (int i = 0; i < 20; i++) {
		const uint32_t flags = i % 2 == 0 ? 0 : CREEL_LOOP_NO_THREAD;
		creel_loop *loop = loop_with(flags);
		atomic_int done = 0;
		gate hold = GATE_INIT;
		creel_future *task;

		if (flags == 0)
			creel_call_soon_threadsafe(loop, hold_loop, &hold, NULL);
		if (i % 4 < 2)
			creel_call_soon_threadsafe(loop, destroy_own, loop, NULL);
		task = creel_loop_submit(loop, destroy_own_and_note, &done);
		if (flags == 0)
			gate_await_arrivals(&hold, 1);
		gate_open(&hold);
		if (flags != 0)
			ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
		ck_assert_int_eq(creel_take(task, NULL), i % 4 < 2 ? CREEL_ECANCELLED : CREEL_OK);
		ck_assert_int_eq(atomic_load(&done), i % 4 >= 2);
	}
}
END_TEST

static void *
destroy_foreign(void *arg)
{
	creel_loop_destroy(arg);
	return pointer_of(creel_last_error()->code);
}

static void *
close_foreign(void *arg)
{
	return pointer_of(creel_loop_close(arg, 0));
}

/* A loop without a thread is its creator's to close. */
START_TEST(others_leave_a_loop_without_a_thread_alone)
{
	creel_loop *loop = loop_without_thread();
	creel_pool *pool = pool_of(1);
	pthread_t thread;
	void *code;

	pthread_create(&thread, NULL, destroy_foreign, loop);
	pthread_join(thread, &code);
	ck_assert_int_eq((intptr_t)code, CREEL_EWRONGTHREAD);
	pthread_create(&thread, NULL, close_foreign, loop);
	pthread_join(thread, &code);
	ck_assert_int_eq((intptr_t)code, CREEL_EWRONGTHREAD);
	ck_assert_int_eq(take_number(creel_submit(pool, destroy_foreign, loop)), CREEL_ERUNNING);
	ck_assert_int_eq(take_number(creel_submit(pool, close_foreign, loop)), CREEL_ERUNNING);
	ck_assert_int_eq(creel_call_soon(loop, note, pointer_of('a'), NULL), CREEL_OK);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_str_eq(noted, "a");
	creel_pool_destroy(pool);
	creel_loop_destroy(loop);
	creel_loop_destroy(NULL);
}
END_TEST

static void *
close_for_ever(void *arg)
{
	return pointer_of(creel_loop_close(arg, CREEL_FOREVER));
}

/* A task that closes another loop is suspended, and can be cancelled; the loop goes on closing. */
START_TEST(a_task_waits_for_another_loop)
{
	creel_loop *loop = loop_with_thread();
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create(), *stubborn, *closing;

	stubborn = creel_loop_submit(loop, ignore_cancel, promise);
	settle_loop(loop);
	closing = creel_submit(pool, close_for_ever, loop);
	settle(pool); /* the one worker is free */
	creel_future_cancel(closing);
	ck_assert_int_eq(take_number(closing), CREEL_ECANCELLED);
	closing = creel_submit(pool, close_for_ever, loop);
	settle(pool);
	creel_future_set_result(promise, NULL);
	ck_assert_int_eq(take_number(closing), CREEL_OK);
	ck_assert_int_eq(creel_take(stubborn, NULL), CREEL_OK);
	creel_future_unref(promise);
	creel_pool_destroy(pool);
	creel_loop_destroy(loop);
}
END_TEST

CREEL_SUITE("creel.loop.close", a_closed_loop_refuses, what_a_closing_loop_does_with_what_it_has,
	tasks_are_asked_to_end, it_waits_so_long_and_the_closing_goes_on,
	without_a_thread_it_runs_so_long, timers_until_the_last_task_has_ended,
	closed_by_its_own_task, closed_by_a_callback_elsewhere, destroyed_by_a_callback_elsewhere,
	destroyed_by_itself, others_leave_a_loop_without_a_thread_alone,
	a_task_waits_for_another_loop)
