/* SPDX-License-Identifier: MIT */
/* child.c: fork, and wait. */
#include "support/child.h"

#include "support/coverage.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static int
wait_for(pid_t child)
{
	int status = 0;

	if (child < 0 || waitpid(child, &status, 0) != child)
		abort();
	return status;
}

void
child_begin(void)
{
	pthread_attr_t attr;
	size_t size;

	pthread_getattr_default_np(&attr);
	pthread_attr_getstacksize(&attr, &size);
	pthread_attr_setstacksize(&attr, 2 * size);
	pthread_setattr_default_np(&attr);
	pthread_attr_destroy(&attr);
}

static void
dump_when_aborted(int signal)
{
	(void)signal;
	dump_coverage(); /* abort() kills when the handler returns */
}

static void
play(void (*scene)(void *), void *arg)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	if (__gcov_dump != NULL)
		signal(SIGABRT, dump_when_aborted);
	child_begin();
	scene(arg);
	leave(0);
}

int
child_run(void (*scene)(void *), void *arg)
{
	const pid_t child = fork();

	if (child == 0)
		play(scene, arg);
	return wait_for(child);
}

static void
read_all(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t got;
	char rest[256];

	while (length < size - 1 && (got = read(fd, text + length, size - 1 - length)) > 0)
		length += (size_t)got;
	text[length] = '\0';
	while (read(fd, rest, sizeof rest) > 0) /* lest the child be killed by SIGPIPE */
		;
}

int
child_run_reading_stderr(void (*scene)(void *), void *arg, char *text, size_t size)
{
	int ends[2];
	pid_t child;

	if (pipe(ends) != 0)
		abort();
	child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		play(scene, arg);
	}
	close(ends[1]);
	read_all(ends[0], text, size);
	close(ends[0]);
	return wait_for(child);
}

bool
child_exited_with(int wait_status, int exit_status)
{
	return WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == exit_status;
}

void
child_check(bool truth, const char *file, int line, const char *claim)
{
	if (truth)
		return;
	fprintf(stderr, "%s:%d: in the child of a fork: not so: %s\n", file, line, claim);
	leave(CHILD_FAILED);
}
