/* SPDX-License-Identifier: MIT */
/*
 * human.h: numbers as people read them. The text comes back by value and lives until the end of the
 * expression that it stands in: printf("%s files\n", human_count(n).text).
 */
#ifndef EXAMPLES_UTIL_HUMAN_H
#define EXAMPLES_UTIL_HUMAN_H

#include <stdint.h>

struct human {
	char text[32];
};

/* 1234567 is "1,234,567". */
struct human human_count(uint64_t n);

/* 1234567 is "1.18 MiB". */
struct human human_bytes(uint64_t bytes);

/* Bytes in so many nanoseconds, as "1.18 MiB/s"; "-" where no time has passed. */
struct human human_rate(uint64_t bytes, int64_t elapsed);

/* A duration in nanoseconds as "1:02:03" or "2:03". */
struct human human_clock(int64_t duration);

#endif
