/* SPDX-License-Identifier: MIT */
/* test_in_caller_fatal.c: tasks that run in the caller, where that ends the process or is the child of a fork. */
#include "support/child.h"
#include "support/scale.h"
#include "support/suite.h"
#include "task/full.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static void *
exit_thread(void *arg)
{
	pthread_exit(arg);
}

static void *
same(void *arg)
{
	return arg;
}

/* The frames are of a caller that has gone by then: that does not matter, since nobody joins them. */
static creel_frame forgotten;

static void *
forget_private(void *arg)
{
	creel_fork(&forgotten, same, NULL);
	return arg;
}

static void *
forget_shared(void *arg)
{
	creel_fork(&forgotten, same, NULL);
	creel_sleep(0);
	return arg;
}

static void
submit_here(void *fn)
{
	gate hold = GATE_INIT;
	creel_pool *full = full_pool(&hold);

	creel_future_unref(creel_submit(full, *(creel_fn **)fn, NULL));
}

static void *
submit_to(void *arg)
{
	submit_here(arg);
	return arg;
}

static void
submit_on_pool(void *fn)
{
	creel_pool *pool = creel_pool_create(NULL);

	creel_pool_run(pool, submit_to, fn, NULL);
}

static void
expect_fatal(void (*scene)(void *), creel_fn *fn, const char *message)
{
	char text[4096];
	int status = child_run_reading_stderr(scene, &fn, text, sizeof text);

#ifdef SCALE_TSAN
	/* ThreadSanitizer has its own words for a pthread_exit() on a fiber; it is as fatal. */
	(void)message;
	ck_assert(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
#else
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGABRT);
	ck_assert_ptr_nonnull(strstr(text, message));
#endif
}

START_TEST(it_must_return)
{
	expect_fatal(submit_here, exit_thread, "a task ended its worker's thread");
	expect_fatal(submit_on_pool, exit_thread, "a task ended its worker's thread");
}
END_TEST

START_TEST(it_must_join)
{
	expect_fatal(submit_on_pool, forget_private, "returned without having joined");
	expect_fatal(submit_on_pool, forget_shared, "returned without having joined");
}
END_TEST

CREEL_SUITE("creel.task.in_caller_fatal", it_must_return, it_must_join)
