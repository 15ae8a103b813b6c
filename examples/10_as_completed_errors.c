/* SPDX-License-Identifier: MIT */
/*
 * 10_as_completed_errors.c: after an error or a timeout it is known what still runs, and it can be ended.
 *
 *     1: ok
 *     2: failed: no luck
 *     two are still running: cancel them
 *     3: cancelled
 *     4: cancelled
 *     main took 2 s
 */
#include "util/delay.h"

#include <stdio.h>

static void *
work(void *arg)
{
	if (delay(number(arg)) != CREEL_OK)
		return creel_fail(CREEL_ECANCELLED, "cancelled");
	return number(arg) == 2 ? creel_fail(1, "no luck") : arg;
}

/* Prints how one ended; false: badly. */
static bool
print_end(creel_future *task, size_t index)
{
	switch (creel_take(creel_future_ref(task), NULL)) {
	case CREEL_OK:
		printf("%zu: ok\n", index + 1);
		return true;
	case CREEL_EFAILED:
		printf("%zu: failed: %s\n", index + 1, creel_future_error(task)->message);
		return false;
	default:
		printf("%zu: cancelled\n", index + 1);
		return false;
	}
}

static void *
main_task(void *arg)
{
	const int64_t begin = creel_now();
	creel_future *tasks[4];
	creel_completions *queue;
	creel_completion got;

	for (int i = 0; i < 4; i++)
		tasks[i] = creel_create_task(work, seconds(i + 1));
	queue = creel_as_completed(tasks, 4);
	while (creel_completions_next(queue, CREEL_FOREVER, &got) == CREEL_OK) {
		const bool ok = print_end(got.future, got.index);

		creel_future_unref(got.future);
		if (!ok && creel_completions_pending(queue) == 2) {
			puts("two are still running: cancel them");
			for (int i = 0; i < 4; i++)
				creel_future_cancel(
					tasks[i]); /* too late for those that are done */
		}
	}
	creel_completions_destroy(queue);
	creel_futures_unref(tasks, 4);
	print_time("main", begin);
	return arg;
}

int
main(int argc, char *argv[])
{
	return delay_main(argc, argv, main_task);
}
