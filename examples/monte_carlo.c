/* SPDX-License-Identifier: MIT */
/*
 * monte_carlo.c: pi, by throwing points at a square and counting those that fall into the circle, serially, then
 * by creel_parallel_reduce().
 *
 * Points come in batches, and each batch has random numbers of its own, which depend on the seed and on its
 * number alone. So it makes no difference who throws it, or when: the count is the same on any number of
 * workers, and without any. What is added up are whole numbers, which do not mind the order either.
 *
 *     monte_carlo [POINTS [SEED]]     200,000,000 points, seed 1
 *
 * prints pi, by how much it is wrong, by how much it may be expected to be, and both times. The exit status is
 * 0, or 1 if something failed, or 2 if the arguments are wrong.
 */
#include "util/human.h"
#include "util/mix.h"
#include "util/program.h"

#include <creel/creel.h>

#include <math.h>
#include <stdio.h>

#define MOST ((size_t)1000000000000) /* points */
#define BATCH ((size_t)10000)        /* points */
#define PI 3.14159265358979323846

struct throws {
	size_t points;
	uint64_t seed;
};

/* Between 0 and 1: splitmix64. */
static double
random_number(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

static size_t
batches(const struct throws *t)
{
	return (t->points + BATCH - 1) / BATCH;
}

/* How many of a batch hit; the last one may be shorter. */
static uint64_t
throw_batch(const struct throws *t, size_t number)
{
	const size_t left = t->points - number * BATCH;
	uint64_t state = mix(mix(0, &t->seed, sizeof t->seed), &number, sizeof number), hits = 0;

	for (size_t i = left < BATCH ? left : BATCH; i > 0; i--) {
		const double x = random_number(&state), y = random_number(&state);

		hits += x * x + y * y < 1;
	}
	return hits;
}

/* The batches from begin to end - 1, into an accumulator. */
static void
throw_some(size_t begin, size_t end, void *hits, void *ctx)
{
	for (size_t i = begin; i < end; i++)
		*(uint64_t *)hits += throw_batch(ctx, i);
}

static void
add(void *hits, const void *others, void *ctx)
{
	(void)ctx;
	*(uint64_t *)hits += *(const uint64_t *)others;
}

static void
report(const struct throws *t, uint64_t hits)
{
	const double inside = (double)hits / (double)t->points;
	const double spread = 4 * sqrt(PI / 4 * (1 - PI / 4) / (double)t->points);

	printf("pi        %.9f\n", 4 * inside);
	printf("error     %+.9f, expected about %.9f\n", 4 * inside - PI, spread);
}

static bool
throw_twice(creel_pool *pool, struct throws *t)
{
	const uint64_t none = 0;
	uint64_t serial = 0, pooled = 0;
	int64_t begin = creel_now(), middle;

	throw_some(0, batches(t), &serial, t);
	middle = creel_now();
	if (creel_parallel_reduce(pool, 0, batches(t), 0, throw_some, add, &none, sizeof none,
		    &pooled, t) != CREEL_OK)
		return say_failed("monte_carlo");
	print_speed_up(middle - begin, creel_now() - middle);
	report(t, pooled);
	printf("check     %s\n", serial == pooled ? "the same count" : "DIFFERENT counts");
	return serial == pooled;
}

int
main(int argc, char *argv[])
{
	struct throws t = {.points = 200000000};
	size_t seed = 1;
	creel_pool *pool;
	bool good = false;

	if (argc > 3 || (argc > 1 && !read_size(argv[1], 1, MOST, &t.points)) ||
		(argc > 2 && !read_size(argv[2], 0, SIZE_MAX, &seed))) {
		fputs("usage: monte_carlo [POINTS [SEED]]\n", stderr);
		return 2;
	}
	t.seed = seed;
	pool = creel_pool_create(NULL); /* one worker per CPU */
	printf("points    %s\n", human_count(t.points).text);
	printf("workers   %zu\n", creel_pool_size(pool));
	if (pool == NULL)
		say_failed("monte_carlo");
	else
		good = throw_twice(pool, &t);
	creel_pool_destroy(pool);
	return end_program("monte_carlo", good);
}
