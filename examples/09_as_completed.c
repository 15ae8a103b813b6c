/* SPDX-License-Identifier: MIT */
/*
 * 09_as_completed.c: results as they arrive, each with the tag that says what it belongs to.
 *
 *     the short one: 1, took 1 s
 *     the middle one: 2, took 2 s
 *     the long one: 3, took 3 s
 */
#include "util/delay.h"

#include <stdio.h>

/* Something to do, and what to call it. */
struct job {
	const char *name;
	int seconds;
};

static struct job jobs[] = {{"the long one", 3}, {"the short one", 1}, {"the middle one", 2}};

static void *
do_job(void *arg)
{
	const struct job *job = arg;

	return delay(job->seconds) == CREEL_OK ? seconds(job->seconds) : NULL;
}

static void *
main_task(void *arg)
{
	const int64_t begin = creel_now();
	creel_completions *queue = creel_completions_create();
	creel_completion got;

	for (int i = 0; i < 3; i++) {
		creel_future *task = creel_create_task(do_job, &jobs[i]);

		creel_completions_add(queue, task, &jobs[i]); /* the tag */
		creel_future_unref(task);
	}
	creel_completions_close(queue);
	while (creel_completions_next(queue, CREEL_FOREVER, &got) == CREEL_OK) {
		const struct job *job = got.tag;
		void *value = NULL;
		char text[64];

		if (creel_take(got.future, &value) != CREEL_OK)
			continue;
		snprintf(text, sizeof text, "%s: %d,", job->name, number(value));
		print_time(text, begin);
	}
	creel_completions_destroy(queue);
	return arg;
}

int
main(int argc, char *argv[])
{
	return delay_main(argc, argv, main_task);
}
