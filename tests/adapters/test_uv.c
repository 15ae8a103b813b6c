/* SPDX-License-Identifier: MIT */
/* test_uv.c: a loop inside libuv's. */
#include "adapters/hosted.h"
#include "support/suite.h"

#include <creel/adapters/uv.h>

static void
stop(void *host)
{
	uv_stop(host);
}

START_TEST(uv_runs_it)
{
	uv_loop_t uv;
	creel_uv adapter;
	hosted h = {.loop = loop_without_thread()};

	ck_assert_int_eq(uv_loop_init(&uv), 0);
	ck_assert_int_eq(creel_uv_attach(&adapter, &uv, h.loop), CREEL_OK);
	for (int i = 0; i < 3; i++) {
		hosted_begin(&h, stop, &uv);
		uv_run(&uv, UV_RUN_DEFAULT);
		hosted_end(&h);
	}
	creel_uv_detach(&adapter, NULL);
	uv_run(&uv, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&uv), 0);
	creel_loop_destroy(h.loop);
}
END_TEST

/* When the loop closes, libuv has nothing left to do. */
START_TEST(it_closes)
{
	uv_loop_t uv;
	creel_uv adapter;
	creel_loop *loop = loop_without_thread();

	ck_assert_int_eq(uv_loop_init(&uv), 0);
	ck_assert_int_eq(creel_uv_attach(&adapter, &uv, loop), CREEL_OK);
	creel_call_soon(loop, hosted_close, loop, NULL);
	uv_run(&uv, UV_RUN_DEFAULT);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_ECLOSED);
	creel_uv_detach(&adapter, NULL);
	uv_run(&uv, UV_RUN_DEFAULT);
	ck_assert_int_eq(uv_loop_close(&uv), 0);
	creel_loop_destroy(loop);
}
END_TEST

START_TEST(a_loop_with_a_thread_is_refused)
{
	creel_loop *loop = loop_with_thread();
	creel_uv adapter;

	ck_assert_int_eq(creel_uv_attach(&adapter, uv_default_loop(), loop), CREEL_ESTATE);
	creel_loop_destroy(loop);
}
END_TEST

CREEL_SUITE("creel.adapters.uv", uv_runs_it, it_closes, a_loop_with_a_thread_is_refused)
