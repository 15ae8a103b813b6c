/* SPDX-License-Identifier: MIT */
/* test_faults.c: creel_run() and creel_to_thread() when the system refuses something, at every point. */
#include "facade/runs.h"
#include "support/faults.h"
#include "support/suite.h"

#include <creel/run.h>

static void *
call_threads(void *arg)
{
	int *code = arg;
	creel_future *f = creel_to_thread(same, arg);

	if (f == NULL) {
		*code = -1;
		return NULL;
	}
	creel_await(f, NULL);
	*code = code_of_failed(f);
	return NULL;
}

static bool
is_expected(fault_kind kind, creel_status status, int code)
{
	const int refused = kind == FAULT_THREAD ? CREEL_ESYS : CREEL_ENOMEM;

	switch (status) {
	case CREEL_OK:
		return code == 0 || code == refused || code == CREEL_ENOMEM;
	case CREEL_EFAILED:
		return creel_last_error()->code == CREEL_ENOMEM;
	default:
		return status == CREEL_ENOMEM;
	}
}

static void
sweep(fault_kind kind, bool all)
{
	creel_run_options options = CREEL_RUN_OPTIONS_INIT;
	bool failed = true;

	options.workers = 2;
	for (int n = 1; failed; n++) {
		int code = 0;
		creel_status status;

		fault_arm(kind, n, all);
		status = creel_run_with(&options, call_threads, &code, NULL);
		failed = fault_disarm();
		ck_assert_msg(is_expected(kind, status, code), "%d: status %d, code %d", n,
			(int)status, code);
		ck_assert_int_eq(creel_run_with(&options, call_threads, &code, NULL), CREEL_OK);
		ck_assert_int_eq(code, 0);
	}
}

/* 3.16 "26. allocation-failure injection": creel_run and creel_to_thread: a status, and a retry works */
START_TEST(malloc_fails)
{
	sweep(FAULT_MALLOC, false);
	sweep(FAULT_MALLOC, true);
}
END_TEST

/* 3.16 "26. allocation-failure injection": creel_to_thread without threads: ESYS, and a retry works */
START_TEST(threads_cannot_be_started)
{
	sweep(FAULT_THREAD, false);
	sweep(FAULT_THREAD, true);
}
END_TEST

START_TEST(mmap_fails)
{
	sweep(FAULT_MMAP, false);
	sweep(FAULT_MMAP, true);
}
END_TEST

CREEL_SUITE("creel.facade.faults", malloc_fails, threads_cannot_be_started, mmap_fails)
