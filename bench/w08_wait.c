/* SPDX-License-Identifier: MIT */
/*
 * w08_wait.c: n promises, of which one is completed at a time, and then waited for, until none is left.
 * All on one thread, in the order in which they were made: what is measured is what waiting costs when
 * many are pending, not how fast threads wake each other. Making the promises is not counted; making
 * the queue and letting go of the results is.
 *
 *  wait_ms         creel_wait(FIRST_COMPLETED) in a loop; each call costs O(pending)
 *  queue_ms        a completion queue
 *  queue_small_ns  one completion of the queue, where there are n / 10
 *  queue_large_ns  where there are 10 n
 *  queue_huge_ns   where there are 100 n
 *  queue_growth    the last over that of n: whether the queue is linear
 */
#include "util/creel_bench.h"

#define PASSES 5

static creel_future **
make_promises(size_t n)
{
	creel_future **promises = bench_array(n, sizeof(creel_future *));

	for (size_t i = 0; i < n; i++)
		promises[i] = creel_future_create();
	return promises;
}

/* In ns. */
static double
by_wait(size_t n)
{
	creel_future **promises = make_promises(n);
	int64_t begin = bench_now(), end;

	for (size_t i = 0; i < n; i++) {
		size_t done;

		must(creel_future_set_result(promises[i], NULL));
		must(creel_wait(promises + i, n - i, CREEL_FIRST_COMPLETED, CREEL_FOREVER, &done));
		if (done != 1)
			bench_fail("not one is done");
		creel_future_unref(promises[i]);
	}
	end = bench_now();
	free(promises);
	return (double)(end - begin);
}

/* In ns. */
static double
by_queue(size_t n)
{
	creel_future **promises = make_promises(n);
	int64_t begin = bench_now(), end;
	creel_completions *queue = creel_as_completed(promises, n);

	for (size_t i = 0; i < n; i++) {
		creel_completion next;

		must(creel_future_set_result(promises[i], NULL));
		must(creel_completions_next(queue, CREEL_FOREVER, &next));
		creel_future_unref(next.future);
		creel_future_unref(promises[i]);
	}
	creel_completions_destroy(queue);
	end = bench_now();
	free(promises);
	return (double)(end - begin);
}

/* In ns, of one; the median of several passes, which are short. */
static double
each_by_queue(size_t n)
{
	double passes[PASSES];

	for (int i = 0; i < PASSES; i++)
		passes[i] = by_queue(n) / (double)n;
	return bench_quantile(passes, PASSES, 0.5);
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 10000);
	double one, many;

	by_queue(n); /* warm */
	one = each_by_queue(n);
	bench_print("queue_ms", one * (double)n / 1e6, "ms", "");
	bench_print("wait_ms", by_wait(n) / 1e6, "ms", "");
	by_queue(n * 100); /* warm */
	bench_print("queue_small_ns", each_by_queue(n / 10 + 1), "ns", "");
	bench_print("queue_large_ns", each_by_queue(n * 10), "ns", "");
	many = each_by_queue(n * 100);
	bench_print("queue_huge_ns", many, "ns", "");
	bench_print("queue_growth", many / one, "x", "");
	return 0;
}
