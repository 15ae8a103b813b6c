/* SPDX-License-Identifier: MIT */
/*
 * requests.h: n requests for a status, over HTTP, from 127.0.0.1, and at most 100 connections at a time, which stay.
 *
 *  request_us  wall time of one, when all are under way at once; the connections are there, from n / 10 requests before
 *
 * The server is the examples' (examples/util/http_server.h), in a process of its own, the same for all: requests_server.
 * It is the program's first argument, prints its port, and ends when its standard input does.
 */
#ifndef BENCH_REQUESTS_H
#define BENCH_REQUESTS_H

#include "util/bench.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BENCH_CONNECTIONS = 100 };

extern char **environ;

struct bench_server {
	pid_t process;
	int input, port;
};

static inline void
bench_requests_pipe(int ends[2])
{
	if (pipe(ends) != 0)
		bench_fail("no pipe");
}

static inline struct bench_server
bench_requests_begin(const char *program)
{
	char *words[] = {(char *)(uintptr_t)program, NULL};
	posix_spawn_file_actions_t actions;
	struct bench_server server = {0, 0, 0};
	int in[2], out[2];
	FILE *said;

	bench_requests_pipe(in);
	bench_requests_pipe(out);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	posix_spawn_file_actions_addclose(&actions, in[1]);
	posix_spawn_file_actions_addclose(&actions, out[0]);
	if (posix_spawn(&server.process, program, &actions, NULL, words, environ) != 0)
		bench_fail("the server cannot be run");
	posix_spawn_file_actions_destroy(&actions);
	close(in[0]);
	close(out[1]);
	said = fdopen(out[0], "r");
	if (said == NULL || fscanf(said, "%d", &server.port) != 1)
		bench_fail("the server has no port");
	fclose(said);
	server.input = in[1];
	return server;
}

static inline void
bench_requests_end(struct bench_server server)
{
	int status = 0;

	close(server.input);
	if (waitpid(server.process, &status, 0) < 0 || status != 0)
		bench_fail("the server failed");
}

#endif
