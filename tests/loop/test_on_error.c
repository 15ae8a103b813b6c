/* SPDX-License-Identifier: MIT */
/* test_on_error.c: a loop tells of errors that nobody looked at. */
#include "loop/loops.h"
#include "support/suite.h"

typedef struct told {
	int times, code;
	creel_loop *current;
	creel_status await;
} told;

static creel_future *pending;

static void
tell(creel_future *future, const creel_error *error, void *ctx)
{
	told *t = ctx;

	t->times++;
	t->code = error->code;
	t->current = creel_current_loop();
	t->await = creel_await(pending, NULL);
	ck_assert(creel_future_done(future));
}

static void *
end_badly(void *arg)
{
	return creel_fail((int)(intptr_t)arg, "failed");
}

static creel_loop *
loop_that_tells(told *loops, told *programs)
{
	creel_loop *loop = loop_without_thread();

	pending = creel_future_create();
	creel_set_unhandled(tell, programs);
	ck_assert_int_eq(creel_loop_on_error(loop, tell, loops), CREEL_OK);
	return loop;
}

static void
end(creel_loop *loop)
{
	creel_loop_destroy(loop);
	creel_set_unhandled(NULL, NULL);
	creel_future_unref(pending);
}

/* 1.2 "never-retrieved error": told by the loop whose task nobody keeps; the hook may not wait */
/* 3.15 "set_exc_handler_custom": the loop's own handler is told, once */
START_TEST(error_of_a_task)
{
	told loops = {0}, programs = {0};
	creel_loop *loop = loop_that_tells(&loops, &programs);

	creel_future_unref(creel_loop_submit(loop, end_badly, pointer_of(7)));
	run_out(loop);
	ck_assert_int_eq(loops.times, 1);
	ck_assert_int_eq(loops.code, 7);
	ck_assert_ptr_eq(loops.current, loop);
	ck_assert_int_eq(loops.await, CREEL_EDEADLK);
	ck_assert_int_eq(programs.times, 0);
	end(loop);
}
END_TEST

/* What is let go of elsewhere is told elsewhere; without a hook of the loop's everything is. */
/* 3.15 "default_exc_handler_coro": without a handler of the loop's the default one is told */
START_TEST(let_go_of_elsewhere)
{
	told loops = {0}, programs = {0};
	creel_loop *loop = loop_that_tells(&loops, &programs);
	creel_future *kept = creel_loop_submit(loop, end_badly, pointer_of(8));

	run_out(loop);
	creel_future_unref(kept);
	ck_assert_int_eq(loops.times, 0);
	ck_assert_int_eq(programs.times, 1);
	ck_assert_int_eq(creel_loop_on_error(loop, NULL, NULL), CREEL_OK);
	creel_future_unref(creel_loop_submit(loop, end_badly, pointer_of(9)));
	run_out(loop);
	ck_assert_int_eq(loops.times, 0);
	ck_assert_int_eq(programs.times, 2);
	ck_assert_int_eq(programs.code, 9);
	end(loop);
}
END_TEST

static void *
set_hook(void *arg)
{
	return (void *)(intptr_t)creel_loop_on_error(creel_current_loop(), tell, arg);
}

static void *
begin_and_forget(void *arg)
{
	creel_future_unref(creel_create_task(end_badly, arg));
	return NULL;
}

/* The same of a loop with a thread of its own; its hook is set there. */
START_TEST(on_its_own_thread)
{
	told loops = {0};
	creel_loop *loop = creel_loop_create(NULL);
	void *status = NULL;

	pending = creel_future_create();
	ck_assert_int_eq(creel_loop_on_error(loop, tell, &loops), CREEL_EWRONGTHREAD);
	ck_assert_int_eq(creel_take(creel_loop_submit(loop, set_hook, &loops), &status), CREEL_OK);
	ck_assert_ptr_eq(status, pointer_of(CREEL_OK));
	ck_assert_int_eq(creel_take(creel_loop_submit(loop, begin_and_forget, pointer_of(3)), NULL),
		CREEL_OK);
	settle_loop(loop); /* a task that has not begun would be cancelled */
	ck_assert_int_eq(creel_loop_close(loop, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(loops.times, 1);
	ck_assert_int_eq(creel_loop_on_error(loop, tell, &loops), CREEL_ECLOSED);
	ck_assert_int_eq(creel_loop_on_error(NULL, tell, &loops), CREEL_EINVAL);
	end(loop);
}
END_TEST

CREEL_SUITE("creel.loop.on_error", error_of_a_task, let_go_of_elsewhere, on_its_own_thread)
