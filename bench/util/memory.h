/* SPDX-License-Identifier: MIT */
/* memory.h: what the whole process takes up: for things that do not come from malloc. */
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#include "util/bench.h"

/* The sum of those lines of a file in /proc that begin with one of the two words; they are in KiB. */
static inline size_t
bench_memory_read(const char *path, const char *one, const char *other)
{
	FILE *file = fopen(path, "r");
	char line[256];
	size_t sum = 0;

	if (file == NULL)
		bench_fail("no /proc");
	while (fgets(line, sizeof line, file) != NULL)
		if (strncmp(line, one, strlen(one)) == 0 ||
			strncmp(line, other, strlen(other)) == 0)
			sum += strtoul(strchr(line, ':') + 1, NULL, 10) * 1024;
	fclose(file);
	return sum;
}

/* Bytes of resident memory, with the page tables that it takes. */
static inline size_t
bench_resident(void)
{
	return bench_memory_read("/proc/self/status", "VmRSS:", "VmPTE:");
}

/* How many of n things of so many bytes two thirds of the free memory hold. */
static inline size_t
bench_memory_limit(size_t n, size_t bytes)
{
	size_t most = bench_memory_read("/proc/meminfo", "MemAvailable:", "MemAvailable:") / 3 * 2 /
		      bytes;

	return most < n ? most : n;
}

#endif
