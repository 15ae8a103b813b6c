/* SPDX-License-Identifier: MIT */
/* parker.c: a thread that sleeps is woken: by others, or by the clock of a test. */
#include "models/models.h"
#include "sync/parker.h"

#include <creel/testing.h>

static crl_parker *parker;
static crl_atomic(int) arrived;
static int said[2];

static void *
waker(void *arg)
{
	const int me = *(const int *)arg;

	said[me] = 1;
	crl_fetch_add(&arrived, 1, relaxed);
	crl_unpark(parker);
	return NULL;
}

/* What a waker did before its unpark is seen by the parked one, which looks after each park. */
void
model_parker(void)
{
	static const int numbers[] = {0, 1};
	int threads[2];

	parker = crl_parker_get();
	for (int i = 0; i < 2; i++)
		threads[i] = model_go(waker, (void *)(uintptr_t)&numbers[i]);
	while (crl_load(&arrived, relaxed) < 2)
		crl_park(parker, CRL_NEVER);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	MODEL_CHECK(said[0] == 1 && said[1] == 1);
	crl_parker_put(parker);
}

static int64_t deadline;

static void *
sleep_till_deadline(void *arg)
{
	crl_parker *own = crl_parker_get();

	said[0] = 1;
	while (crl_now() < deadline)
		crl_park(own, deadline);
	crl_parker_put(own);
	return arg;
}

static void *
sleep_till_unparked(void *arg)
{
	crl_parker *own = crl_parker_get();

	crl_unpark(own);
	crl_park(own, CRL_NEVER);
	crl_parker_put(own);
	return arg;
}

/* The clock is stepped when one sleeps, while another comes by its parker. */
void
model_parker_step(void)
{
	int threads[2];

	crl_clock_fake(true);
	deadline = crl_deadline(1000000000);
	threads[0] = model_go(sleep_till_deadline, NULL);
	threads[1] = model_go(sleep_till_unparked, NULL);
	while (crl_parker_sleepers() == 0)
		crl_pause();
	MODEL_CHECK(said[0] == 1);
	crl_parker_step(1000000000);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
}

/* It sleeps, or is about to, when the clock is moved, or goes on: it is not forgotten. */
void
model_parker_clock(void)
{
	int thread;

	MODEL_CHECK(creel_clock_pause() == CREEL_OK);
	deadline = crl_deadline(1000000000);
	thread = model_go(sleep_till_deadline, NULL);
	if (model_choose(2) == 0) {
		MODEL_CHECK(creel_clock_advance(1000000000) == CREEL_OK);
		MODEL_CHECK(creel_clock_sleepers() == 0);
	} else {
		MODEL_CHECK(creel_clock_resume() == CREEL_OK);
	}
	model_join(thread);
	MODEL_CHECK(creel_clock_sleepers() == 0);
}

static crl_atomic(int) woke;

static void *
sleep_twice(void *arg)
{
	crl_parker *own = crl_parker_get();

	for (int i = 0; i < 2; i++) {
		while (crl_now() < deadline)
			crl_park(own, deadline);
		crl_store(&woke, i + 1, relaxed);
		deadline += 1000000000;
	}
	crl_parker_put(own);
	return arg;
}

/* Who counts as asleep after a step is not due by the new time. */
void
model_parker_again(void)
{
	int thread;

	MODEL_CHECK(creel_clock_pause() == CREEL_OK);
	deadline = crl_deadline(1000000000);
	thread = model_go(sleep_twice, NULL);
	while (creel_clock_sleepers() == 0)
		crl_pause();
	MODEL_CHECK(creel_clock_advance(1000000000) == CREEL_OK);
	while (creel_clock_sleepers() == 0)
		crl_pause();
	MODEL_CHECK(crl_load(&woke, relaxed) == 1);
	MODEL_CHECK(creel_clock_advance(1000000000) == CREEL_OK);
	model_join(thread);
}
