/* SPDX-License-Identifier: MIT */
/* http_server.c: see http_server.h. */
#define _GNU_SOURCE /* accept4 */
#include "util/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of a connection. */
typedef struct conversation {
	int fd;
	size_t length;
	char text[2000]; /* what has come, and has not been answered yet; terminated */
} conversation;

/* Until a whole request is there; false: the other side has gone, or the server stops. */
static bool
hear(conversation *c)
{
	while (strstr(c->text, "\r\n\r\n") == NULL) {
		const ssize_t n = read(c->fd, c->text + c->length, sizeof c->text - 1 - c->length);

		if (n > 0) {
			c->length += (size_t)n;
			c->text[c->length] = '\0';
		} else if (n == 0 || errno != EAGAIN ||
			   creel_wait_fd(c->fd, CREEL_READABLE, CREEL_FOREVER) != CREEL_OK) {
			return false;
		}
	}
	return true;
}

/* Answer the first request, and forget it. */
static bool
answer(conversation *c)
{
	char *rest = strstr(c->text, "\r\n\r\n") + 4, head[100];
	int status = 404, length;

	sscanf(c->text, "GET /status/%3d ", &status);
	if (strncmp(c->text, "GET /never ", 11) == 0)
		return creel_sleep(CREEL_FOREVER) == CREEL_OK;
	length = snprintf(
		head, sizeof head, "HTTP/1.1 %d Status\r\nContent-Length: 0\r\n\r\n", status);
	c->length -= (size_t)(rest - c->text);
	memmove(c->text, rest, c->length + 1);
	return send(c->fd, head, (size_t)length, MSG_NOSIGNAL) == length;
}

static void *
converse(void *arg)
{
	conversation c = {.fd = (int)(intptr_t)arg};

	while (hear(&c) && answer(&c))
		;
	close(c.fd);
	return NULL;
}

static void *
accept_all(void *arg)
{
	const http_server *server = arg;
	int fd;

	while (creel_wait_fd(server->socket, CREEL_READABLE, CREEL_FOREVER) == CREEL_OK)
		while ((fd = accept4(server->socket, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >=
			0)
			creel_future_unref(creel_create_task(converse, (void *)(intptr_t)fd));
	return NULL;
}

static bool
listen_on_some_port(http_server *server)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof address;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (server->socket < 0)
		return false;
	if (bind(server->socket, (struct sockaddr *)&address, size) == 0 &&
		listen(server->socket, SOMAXCONN) == 0 &&
		getsockname(server->socket, (struct sockaddr *)&address, &size) == 0) {
		server->port = ntohs(address.sin_port);
		return true;
	}
	close(server->socket);
	return false;
}

bool
http_server_start(http_server *server)
{
	if (!listen_on_some_port(server))
		return false;
	if ((server->loop = creel_loop_create(NULL)) == NULL) {
		close(server->socket);
		return false;
	}
	creel_future_unref(creel_loop_submit(server->loop, accept_all, server));
	return true;
}

void
http_server_stop(http_server *server)
{
	creel_loop_destroy(server->loop);
	close(server->socket);
}
