/* SPDX-License-Identifier: MIT */
/* test_leave.c: a task that ends its worker's thread ends the process, with a message. */
#include "support/child.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/creel.h>
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
cancel_thread(void *arg)
{
	pthread_cancel(pthread_self());
	pthread_testcancel();
	return arg;
}

static void
run_task(void *fn)
{
	creel_pool *pool = creel_pool_create(NULL);

	creel_pool_run(pool, *(creel_fn **)fn, NULL, NULL);
}

static void
expect_fatal(creel_fn *fn)
{
	char text[4096];
	int status = child_run_reading_stderr(run_task, &fn, text, sizeof text);

#ifdef SCALE_TSAN
	/* ThreadSanitizer has its own words for a pthread_exit() on a fiber; it is as fatal. */
	ck_assert(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
#else
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGABRT);
	ck_assert_ptr_nonnull(strstr(text, "creel: fatal: a task ended its worker's thread"));
#endif
}

/* 1.15 "exception escaping the worker loop": nothing escapes: the process ends, with a message */
START_TEST(pthread_exit_in_a_task_is_fatal)
{
	expect_fatal(exit_thread);
}
END_TEST

START_TEST(pthread_cancel_of_a_worker_is_fatal)
{
	expect_fatal(cancel_thread);
}
END_TEST

CREEL_SUITE(
	"creel.task.leave", pthread_exit_in_a_task_is_fatal, pthread_cancel_of_a_worker_is_fatal)
