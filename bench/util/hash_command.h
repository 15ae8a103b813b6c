/* SPDX-License-Identifier: MIT */
/* hash_command.h: W13 by commands, which read the paths from a file, each ended by a NUL. */
#ifndef BENCH_HASH_COMMAND_H
#define BENCH_HASH_COMMAND_H

#include "util/command.h"
#include "util/files.h"

/* Writes the paths of n files into one that has to be unlinked. */
static inline void
bench_hash_paths(char path[32], size_t n)
{
	struct bench_files files = bench_files_list(n);
	FILE *out = bench_command_file(path);

	for (size_t i = 0; i < files.n; i++)
		fwrite(files.paths[i], 1, strlen(files.paths[i]) + 1, out);
	if (out == NULL || fclose(out) != 0)
		bench_fail("the paths cannot be written");
}

/* Once to warm, then the figure. */
static inline void
bench_hash_command_print(const char *const words[], const char *remark)
{
	bench_command(words);
	bench_print("hash_ms", bench_command(words), "ms", remark);
}

#endif
