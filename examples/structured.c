/* SPDX-License-Identifier: MIT */
/*
 * structured.c: tasks that belong together. A group has an end: when it is joined none of its tasks runs any more,
 * whatever happened. If one fails, or the deadline comes, the others are cancelled; the functions below
 * need not care.
 *
 *     a table of 1 s, 2 s, 2 s: CREEL_OK, nobody was cancelled
 *     a table of 4 s, 1 s, 4 s: CREEL_EFAILED, 2 were cancelled
 *       leg 1: it is too short
 *     a table of 2 s, 2 s, 9 s: CREEL_ETIMEDOUT, 1 were cancelled
 */
#include "util/delay.h"

#include <stdio.h>

enum { LEGS = 3 };

/* What the tasks of a group share can stand on the stack of the task that joins it. */
typedef struct table {
	int takes[LEGS];
	int too_short; /* this leg, or none */
	int cancelled;
} table;

typedef struct leg {
	table *of;
	int number;
} leg;

/* A child. All of them run on one loop here, so they share without locks. */
static void *
make_leg(void *arg)
{
	leg *l = arg;

	if (delay(l->of->takes[l->number]) != CREEL_OK) {
		l->of->cancelled++;
		return creel_fail(CREEL_ECANCELLED, "cancelled");
	}
	if (l->number == l->of->too_short)
		return creel_fail(1, "it is too short");
	return NULL;
}

static void
print_errors(creel_group *group)
{
	creel_group_error errors[LEGS];
	const size_t n = creel_group_errors(group, errors, LEGS);

	for (size_t i = 0; i < n && i < LEGS; i++)
		printf("  leg %zu: %s\n", errors[i].index, errors[i].error->message);
}

static void
make_table(table t)
{
	creel_group_options options = CREEL_GROUP_OPTIONS_INIT;
	leg legs[LEGS];
	creel_group *group;
	creel_status status;

	options.timeout = delay_duration(5);
	group = creel_group_create(&options);
	for (int i = 0; i < LEGS; i++) {
		legs[i] = (leg){&t, i};
		creel_future_unref(creel_group_submit(group, make_leg, &legs[i]));
	}
	status = creel_group_join(group, CREEL_FOREVER);
	printf("a table of %d s, %d s, %d s: %s, ", t.takes[0], t.takes[1], t.takes[2],
		creel_status_name(status));
	if (t.cancelled == 0)
		puts("nobody was cancelled");
	else
		printf("%d were cancelled\n", t.cancelled);
	print_errors(group);
	creel_group_destroy(group);
}

static void *
main_task(void *arg)
{
	make_table((table){.takes = {1, 2, 2}, .too_short = -1});
	make_table((table){.takes = {4, 1, 4}, .too_short = 1});
	make_table((table){.takes = {2, 2, 9}, .too_short = -1});
	return arg;
}

int
main(int argc, char *argv[])
{
	return delay_main(argc, argv, main_task);
}
