/* SPDX-License-Identifier: MIT */
/* failures.c: crashes, and what is not expected to fail, or to take its time. */
#include "faulty/faulty.h"

#include <stdlib.h>
#include <time.h>

/* It looks twice, and what it has seen the first time is gone. */
static crl_atomic(int *) pointer;
static int target;

static void *
follow(void *arg)
{
	int *seen = crl_load(&pointer, acquire);

	if (seen != NULL)
		*(MENDED ? seen : crl_load(&pointer, acquire)) = 1;
	return arg;
}

static void *
withdraw(void *arg)
{
	crl_store(&pointer, NULL, release);
	return arg;
}

void
faulty_fail_crash(void)
{
	crl_store(&pointer, &target, release);
	faulty_two(follow, withdraw);
}

void
faulty_fail_abort(void)
{
	if (!MENDED)
		abort();
}

void
faulty_fail_malloc(void)
{
	int *block = malloc(sizeof *block);

	if (!MENDED || block != NULL)
		*block = 1;
	free(block);
}

/* A thread that could not be made does not do its work. */
static crl_atomic(int) worked;

static void *
work(void *arg)
{
	crl_store(&worked, 1, release);
	return arg;
}

void
faulty_fail_thread(void)
{
	pthread_t id;

	if (pthread_create(&id, NULL, work, NULL) != 0) {
		if (MENDED)
			work(NULL);
	} else {
		pthread_detach(id);
	}
	while (crl_load(&worked, acquire) == 0)
		crl_pause();
}

static time_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* Between two looks at the clock a deadline may pass. */
void
faulty_fail_time(void)
{
	const time_t deadline = now() + 60;
	const time_t looked = now();

	if (looked < deadline)
		MODEL_CHECK(deadline - (MENDED ? looked : now()) > 0);
}

/* What is too much for the explorer is said. */
void
faulty_fail_room(void)
{
	for (int i = 0; i < (MENDED ? 2 : 20); i++)
		model_join(model_go(work, NULL));
}
