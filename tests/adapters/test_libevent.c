/* SPDX-License-Identifier: MIT */
/* test_libevent.c: a loop inside an event base of libevent. */
#include "adapters/hosted.h"
#include "support/suite.h"

#include <creel/adapters/libevent.h>

static void
stop(void *host)
{
	event_base_loopbreak(host);
}

START_TEST(libevent_runs_it)
{
	struct event_base *base = event_base_new();
	creel_libevent adapter;
	hosted h = {.loop = loop_without_thread()};

	ck_assert_int_eq(creel_libevent_attach(&adapter, base, h.loop), CREEL_OK);
	for (int i = 0; i < 3; i++) {
		hosted_begin(&h, stop, base);
		event_base_dispatch(base);
		hosted_end(&h);
	}
	creel_libevent_detach(&adapter);
	event_base_free(base);
	creel_loop_destroy(h.loop);
}
END_TEST

/* When the loop closes, libevent has nothing left to do. */
START_TEST(it_closes)
{
	struct event_base *base = event_base_new();
	creel_libevent adapter;
	creel_loop *loop = loop_without_thread();

	ck_assert_int_eq(creel_libevent_attach(&adapter, base, loop), CREEL_OK);
	creel_call_soon(loop, hosted_close, loop, NULL);
	event_base_dispatch(base);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_ECLOSED);
	creel_libevent_detach(&adapter);
	event_base_free(base);
	creel_loop_destroy(loop);
}
END_TEST

START_TEST(a_loop_with_a_thread_is_refused)
{
	struct event_base *base = event_base_new();
	creel_loop *loop = loop_with_thread();
	creel_libevent adapter;

	ck_assert_int_eq(creel_libevent_attach(&adapter, base, loop), CREEL_ESTATE);
	creel_loop_destroy(loop);
	event_base_free(base);
}
END_TEST

CREEL_SUITE("creel.adapters.libevent", libevent_runs_it, it_closes, a_loop_with_a_thread_is_refused)
