/* SPDX-License-Identifier: MIT */
/*
 * http_server.h: a small HTTP server on 127.0.0.1, so that the examples need no network. It has a loop with a
 * thread of its own, and a task for each connection, which waits by creel_wait_fd().
 *
 *     GET /status/404    is answered by that status, at once
 *     GET /never         is not answered
 */
#ifndef EXAMPLES_UTIL_HTTP_SERVER_H
#define EXAMPLES_UTIL_HTTP_SERVER_H

#include <creel/creel.h>

typedef struct http_server {
	creel_loop *loop;
	int socket;
	int port;
} http_server;

/* false: it could not be started; errno, or creel_last_error(), says why. */
bool http_server_start(http_server *server);

/* Ends its connections. */
void http_server_stop(http_server *server);

#endif
