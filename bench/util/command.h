/* SPDX-License-Identifier: MIT */
/* command.h: the wall time of whole commands, whose output goes nowhere. */
#ifndef BENCH_COMMAND_H
#define BENCH_COMMAND_H

#include "util/bench.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* In ms. The command is looked for in PATH, and has to end well. */
static inline double
bench_command(const char *const words[])
{
	posix_spawn_file_actions_t actions;
	int64_t begin = bench_now();
	int status = 0;
	pid_t child;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&child, words[0], &actions, NULL, (char *const *)(uintptr_t)words,
		    environ) != 0)
		bench_fail("the command cannot be run");
	posix_spawn_file_actions_destroy(&actions);
	if (waitpid(child, &status, 0) < 0 || status != 0)
		bench_fail("the command failed");
	return (double)(bench_now() - begin) / 1e6;
}

/* A file that is gone when the program has ended, with what is written to it; its path is written to path. */
static inline FILE *
bench_command_file(char path[32])
{
	int file;

	strcpy(path, "/tmp/creel-bench-XXXXXX");
	file = mkostemp(path, O_CLOEXEC);
	if (file < 0)
		bench_fail("no file");
	return fdopen(file, "w");
}

#endif
