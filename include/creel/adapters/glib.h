/* SPDX-License-Identifier: MIT */
/*
 * creel/adapters/glib.h: a loop of creel inside a main loop of GLib (2.36 or later).
 *
 *  function               blocks?   which thread?      from a callback?
 *  creel_glib_source_new  no        the loop's         yes
 *
 *     GSource *source = creel_glib_source_new(loop);    a loop with CREEL_LOOP_NO_THREAD
 *     g_source_attach(source, NULL);
 *     g_source_unref(source);
 *     g_main_loop_run(main_loop);                       runs both
 *
 * The main context is run by the thread that the loop belongs to. It watches the descriptor of
 * creel_loop_fd() and has one turn of the loop run whenever that is readable. When the loop closes the source
 * is removed; whoever destroys the loop before calls g_source_destroy() first.
 *
 * For programs that use GLib: the library does not, so link both.
 */
#ifndef CREEL_ADAPTERS_GLIB_H
#define CREEL_ADAPTERS_GLIB_H

#include <creel/io.h>
#include <creel/loop.h>
#include <glib.h>

typedef struct creel_glib_source {
	GSource source;
	creel_loop *loop;
} creel_glib_source;

static inline gboolean
creel_glib_turn_(GSource *source, GSourceFunc callback, gpointer data)
{
	(void)callback, (void)data;
	return creel_loop_run_once(((creel_glib_source *)source)->loop, 0) != CREEL_ECLOSED;
}

/* The caller's to attach and to unref. NULL: creel_loop_fd() failed, and creel_last_error() says why. */
static inline GSource *
creel_glib_source_new(creel_loop *loop)
{
	static GSourceFuncs functions = {NULL, NULL, creel_glib_turn_, NULL, NULL, NULL};
	const int fd = creel_loop_fd(loop);
	GSource *source;

	if (fd < 0)
		return NULL;
	source = g_source_new(&functions, sizeof(creel_glib_source));
	((creel_glib_source *)source)->loop = loop;
	g_source_add_unix_fd(source, fd, G_IO_IN);
	return source;
}

#endif
