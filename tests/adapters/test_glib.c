/* SPDX-License-Identifier: MIT */
/* test_glib.c: a loop inside GLib's main loop. */
#include "adapters/hosted.h"
#include "support/suite.h"

#include <creel/adapters/glib.h>

static void
stop(void *host)
{
	g_main_loop_quit(host);
}

START_TEST(glib_runs_it)
{
	GMainLoop *main_loop = g_main_loop_new(NULL, FALSE);
	hosted h = {.loop = loop_without_thread()};
	GSource *source = creel_glib_source_new(h.loop);

	ck_assert_ptr_nonnull(source);
	g_source_attach(source, NULL);
	for (int i = 0; i < 3; i++) {
		hosted_begin(&h, stop, main_loop);
		g_main_loop_run(main_loop);
		hosted_end(&h);
	}
	g_source_destroy(source);
	g_source_unref(source);
	g_main_loop_unref(main_loop);
	creel_loop_destroy(h.loop);
}
END_TEST

/* When the loop closes, its source is removed. */
START_TEST(it_closes)
{
	creel_loop *loop = loop_without_thread();
	GSource *source = creel_glib_source_new(loop);

	g_source_attach(source, NULL);
	creel_call_soon(loop, hosted_close, loop, NULL);
	while (!g_source_is_destroyed(source))
		g_main_context_iteration(NULL, TRUE);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_ECLOSED);
	g_source_unref(source);
	creel_loop_destroy(loop);
}
END_TEST

START_TEST(a_loop_with_a_thread_is_refused)
{
	creel_loop *loop = loop_with_thread();

	ck_assert_ptr_null(creel_glib_source_new(loop));
	ck_assert_int_eq(creel_last_error()->code, CREEL_ESTATE);
	creel_loop_destroy(loop);
}
END_TEST

CREEL_SUITE("creel.adapters.glib", glib_runs_it, it_closes, a_loop_with_a_thread_is_refused)
