/* SPDX-License-Identifier: MIT */
/*
 * stress_close.c: eight threads post to loops that close meanwhile, until so many posts have been
 * accepted in all. Each that was accepted must have been called when the loop has closed, once, in the
 * order of its thread; and a thread that did not come to the end of what it wanted to post must have been
 * refused as closed. How much the threads want to post, and how many turns the loop has before it closes,
 * varies from loop to loop.
 *
 *     stress_close [POSTS]     1,000,000; less with a sanitizer
 */
#include "loop/posters.h"
#include "support/scale.h"

#include <creel/creel.h>

#include <stdio.h>
#include <stdlib.h>

struct total {
	long long accepted;
	long long refused; /* one of a thread at the most: it ends then */
};

static _Noreturn void
fail(const char *what, long long rounds)
{
	fprintf(stderr, "stress_close: loop %lld: %s\n", rounds, what);
	exit(EXIT_FAILURE);
}

static void *
nothing(void *arg)
{
	return arg;
}

static creel_loop *
make_loop(bool thread, long long rounds)
{
	creel_loop_options options = CREEL_LOOP_OPTIONS_INIT;
	creel_loop *loop;

	options.flags = thread ? 0 : CREEL_LOOP_NO_THREAD;
	if ((loop = creel_loop_create(&options)) == NULL)
		fail(creel_last_error()->message, rounds);
	return loop;
}

/* Has what was posted before called; without a thread it runs what is there, which may be nothing. */
static void
run_on(creel_loop *loop, bool thread, long long rounds)
{
	const creel_status status =
		thread ? creel_take(creel_loop_submit(loop, nothing, NULL), NULL)
		       : creel_loop_run_once(loop, 0);

	if (status != CREEL_OK && (thread || status != CREEL_ETIMEDOUT))
		fail("it does not run", rounds);
}

/* Adds up what became of the posts. */
static void
count(struct total *t, long long rounds)
{
	for (int i = 0; i < POSTERS; i++) {
		const poster *p = &posters[i];

		if (p->called < p->accepted)
			fail("posts that were accepted were not called", rounds);
		if (p->called > p->accepted)
			fail("more was called than was accepted", rounds);
		if (!p->in_order)
			fail("posts of a thread were called out of their order", rounds);
		if (p->accepted < p->wanted && p->refusal != CREEL_ECLOSED)
			fail(creel_status_name(p->refusal), rounds);
		t->accepted += p->accepted;
		t->refused += p->accepted < p->wanted;
	}
}

/* One loop, with or without a thread. */
static void
one_loop(struct total *t, long long rounds)
{
	const bool thread = rounds % 2 == 0;
	creel_loop *loop = make_loop(thread, rounds);
	gate start = GATE_INIT;

	if (!posters_start(loop, &start, 500 << rounds % 7))
		fail("no thread to post", rounds);
	for (int turns = 0; turns < rounds / 2 % 4; turns++)
		run_on(loop, thread, rounds);
	if (creel_loop_close(loop, CREEL_FOREVER) != CREEL_OK)
		fail("it does not close", rounds);
	posters_join();
	creel_loop_destroy(loop);
	count(t, rounds);
}

int
main(int argc, char *argv[])
{
	const long long wanted = argc > 1 ? atoll(argv[1]) : SCALE_TIMES(1000000);
	const int64_t begin = creel_now();
	struct total total = {0};
	long long rounds = 0;

	if (argc > 2 || wanted < 1) {
		fputs("usage: stress_close [POSTS]\n", stderr);
		return 2;
	}
	for (; total.accepted < wanted; rounds++)
		one_loop(&total, rounds);
	printf("%lld posts by %d threads at a time to %lld loops: accepted, and all called, in "
	       "order\n"
	       "%lld posts to loops that closed: refused\n%.1f s\n",
		total.accepted, POSTERS, rounds, total.refused,
		(double)(creel_now() - begin) / 1e9);
	return 0;
}
