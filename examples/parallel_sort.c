/* SPDX-License-Identifier: MIT */
/*
 * parallel_sort.c: merge sort of random numbers: by qsort(), serially, and on a pool.
 *
 * Who sorts forks one half, does the other one itself, and joins the first, which may fork a half of its own, to
 * any depth. What nobody else has taken by then is done by the join, so that a fork costs hardly more than a
 * call: there is no size below which it would not pay. Off a pool, fork and join do everything in place: the
 * same function is the serial sort. What is forked works on what stands on the stack of the one that joins it.
 *
 *     parallel_sort [N]     10,000,000 numbers of 64 bits
 *
 * prints the three times, and whether all three results are the same, and in order. The last merge is
 * one worker's, so the speed-up stays below half the binary logarithm of N. The exit status is 0, or 1 if
 * something failed, or 2 if the arguments are wrong.
 */
#include "util/human.h"
#include "util/program.h"

#include <creel/creel.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 1000000000 /* numbers */
#define FEW 24          /* numbers; so many are sorted by insertion */

/* Numbers to sort, and as much room beside them. */
struct range {
	uint64_t *values, *room;
	size_t n;
};

static struct range
part(const struct range *r, size_t from, size_t to)
{
	return (struct range){r->values + from, r->room + from, to - from};
}

/* Merges two sorted halves: the left one moves to the room, and from there back. */
static void
merge(const struct range *r, size_t middle)
{
	const uint64_t *left = r->room, *const left_end = left + middle;
	const uint64_t *right = r->values + middle, *const right_end = r->values + r->n;
	uint64_t *out = r->values;

	memcpy(r->room, r->values, middle * sizeof *r->values);
	while (left < left_end && right < right_end)
		*out++ = *right < *left ? *right++ : *left++;
	memcpy(out, left, (size_t)(left_end - left) * sizeof *out);
}

static void
sort_few(uint64_t values[], size_t n)
{
	for (size_t i = 1; i < n; i++) {
		const uint64_t value = values[i];
		size_t at = i;

		for (; at > 0 && values[at - 1] > value; at--)
			values[at] = values[at - 1];
		values[at] = value;
	}
}

static void *
sort(void *arg)
{
	const struct range *r = arg;
	struct range left = part(r, 0, r->n / 2), right = part(r, r->n / 2, r->n);
	creel_frame frame;

	if (r->n <= FEW) {
		sort_few(r->values, r->n);
		return NULL;
	}
	creel_fork(&frame, sort, &left);
	sort(&right);
	creel_join(&frame);
	merge(r, left.n);
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Random numbers, the same ones each time: xorshift64. */
static void
fill(uint64_t values[], size_t n)
{
	uint64_t state = 1;

	for (size_t i = 0; i < n; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		values[i] = state ^= state << 17;
	}
}

static bool
check(const uint64_t wanted[], const uint64_t serial[], const uint64_t pooled[], size_t n)
{
	bool good = true;

	for (size_t i = 0; i < n; i++)
		good = good && serial[i] == wanted[i] && pooled[i] == wanted[i] &&
		       (i == 0 || wanted[i - 1] <= wanted[i]);
	printf("check     %s\n",
		good ? "the same numbers, in order" : "DIFFERENT numbers, or in no order");
	return good;
}

/* Sorts three copies, one after the other. numbers has room for four. */
static bool
sort_thrice(creel_pool *pool, uint64_t numbers[], size_t n)
{
	struct range serial = {numbers + n, numbers + 3 * n, n};
	struct range pooled = {numbers + 2 * n, numbers + 3 * n, n};
	int64_t begin, middle;

	for (size_t i = 0; i < 4; i++) /* the room as well, so that all memory is there by now */
		fill(numbers + i * n, n);
	begin = creel_now();
	qsort(numbers, n, sizeof *numbers, compare);
	printf("qsort     %.3f s\n", (double)(creel_now() - begin) / 1e9);
	begin = creel_now();
	sort(&serial);
	middle = creel_now();
	if (creel_pool_run(pool, sort, &pooled, NULL) != CREEL_OK)
		return say_failed("parallel_sort");
	print_speed_up(middle - begin, creel_now() - middle);
	return check(numbers, serial.values, pooled.values, n);
}

int
main(int argc, char *argv[])
{
	size_t n = 10000000;
	creel_pool *pool;
	uint64_t *numbers;
	bool good = false;

	if (argc > 2 || (argc == 2 && !read_size(argv[1], 1, MOST, &n))) {
		fprintf(stderr, "usage: parallel_sort [N]     how many numbers, 1 to %d\n", MOST);
		return 2;
	}
	numbers = malloc(4 * n * sizeof *numbers);
	pool = creel_pool_create(NULL); /* one worker per CPU */
	printf("numbers   %s\n", human_count(n).text);
	printf("workers   %zu\n", creel_pool_size(pool));
	if (pool == NULL)
		say_failed("parallel_sort");
	else if (numbers == NULL)
		fputs("parallel_sort: no memory for the numbers\n", stderr);
	else
		good = sort_thrice(pool, numbers, n);
	creel_pool_destroy(pool);
	free(numbers);
	return end_program("parallel_sort", good);
}
