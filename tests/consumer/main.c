/* SPDX-License-Identifier: MIT */
/*
 * main.c: the program of somebody who uses creel, in the words that C and C++ share: a task awaits a
 * task of the same pool, of one worker. It fails if the answer is wrong, or if the library that it
 * runs with is not the one whose headers it was compiled with.
 */
#include <creel/creel.h>
#include <stdio.h>

static void *
inner(void *arg)
{
	++*(int *)arg;
	return arg;
}

static void *
outer(void *arg)
{
	void *value = NULL;

	if (creel_take(creel_submit(creel_current_pool(), inner, arg), &value) != CREEL_OK)
		return creel_fail(1, "the inner task failed");
	++*(int *)value;
	return value;
}

int
main(void)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool *pool;
	int number = 40;
	creel_status status;

	options.workers = 1;
	pool = creel_pool_create(&options);
	status = creel_pool_run(pool, outer, &number, NULL);
	creel_pool_destroy(pool);
	printf("creel %d: %s, %d\n", creel_version(), creel_status_name(status), number);
	return status == CREEL_OK && number == 42 && creel_version() == CREEL_VERSION_NUM ? 0 : 1;
}
