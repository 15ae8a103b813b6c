/* SPDX-License-Identifier: MIT */
/*
 * files.h: W13 and the compressor: real files, the same for everybody on one machine: the first n in the order
 * of their paths, below some folders that every Debian has, of 1 byte to 64 KiB. They are read once before
 * anything is measured, so that all find them in memory. Where there are fewer, n is what there is.
 */
#ifndef BENCH_FILES_H
#define BENCH_FILES_H

#include "util/bench.h"

#include <fcntl.h>
#include <fts.h>
#include <sys/stat.h>
#include <unistd.h>

#define BENCH_FILE_MOST ((size_t)64 << 10)

struct bench_files {
	char **paths;
	size_t n;
};

static inline int
bench_files_compare(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Reads a file whose size is at most BENCH_FILE_MOST; its size. */
static inline size_t
bench_file_read(const char *path, char *buffer)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	size_t size = 0;

	if (file < 0)
		bench_fail(path);
	for (;;) {
		ssize_t got = read(file, buffer + size, BENCH_FILE_MOST - size);

		if (got < 0)
			bench_fail(path);
		if (got == 0)
			break;
		size += (size_t)got;
	}
	close(file);
	return size;
}

static inline struct bench_files
bench_files_list(size_t n)
{
	char share[] = "/usr/share", include[] = "/usr/include", lib[] = "/usr/lib";
	char *folders[] = {share, include, lib, NULL};
	char *buffer = (char *)bench_array(BENCH_FILE_MOST, 1);
	struct bench_files files = {(char **)bench_array(n, sizeof(char *)), 0};
	FTS *tree = fts_open(folders, FTS_PHYSICAL | FTS_NOCHDIR, bench_files_compare);
	FTSENT *entry;

	while (tree != NULL && files.n < n && (entry = fts_read(tree)) != NULL) {
		off_t size = entry->fts_info == FTS_F ? entry->fts_statp->st_size : 0;

		if (size < 1 || size > (off_t)BENCH_FILE_MOST || access(entry->fts_path, R_OK) != 0)
			continue;
		bench_file_read(entry->fts_path, buffer);
		files.paths[files.n++] = strdup(entry->fts_path);
	}
	if (files.n == 0)
		bench_fail("no files");
	fts_close(tree);
	free(buffer);
	return files;
}

#endif
