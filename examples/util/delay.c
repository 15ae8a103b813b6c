/* SPDX-License-Identifier: MIT */
/* delay.c: see delay.h. */
#include "util/delay.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static double scale = 1;

int
delay_main(int argc, char *argv[], creel_fn *main_task)
{
	creel_status status;

	if (argc > 1)
		scale = atof(argv[1]);
	if (argc > 2 || scale <= 0) {
		fprintf(stderr, "usage: %s [SCALE]     SCALE is how long a second is\n", argv[0]);
		return 2;
	}
	status = creel_run(main_task, NULL, NULL);
	if (status != CREEL_OK)
		fprintf(stderr, "%s: %s\n", creel_status_name(status), creel_last_error()->message);
	return status == CREEL_OK ? 0 : 1;
}

creel_duration
delay_duration(double s)
{
	return CREEL_SECONDS(s * scale);
}

creel_status
delay(double s)
{
	return creel_sleep(delay_duration(s));
}

void *
delay_task(void *arg)
{
	printf("sleeping for %d s\n", number(arg));
	if (delay(number(arg)) != CREEL_OK)
		return creel_fail(CREEL_ECANCELLED, "cancelled in its sleep");
	printf("slept for %d s\n", number(arg));
	return arg;
}

void *
seconds(int n)
{
	return (void *)(intptr_t)n;
}

int
number(const void *value)
{
	return (int)(intptr_t)value;
}

void
print_time(const char *name, int64_t begin)
{
	const double took = (double)(creel_now() - begin) / 1e9;

	printf("%s took %.0f s\n", name, took / scale);
}
