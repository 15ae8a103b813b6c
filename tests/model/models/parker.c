/* SPDX-License-Identifier: MIT */
/* parker.c: a thread that sleeps is woken: by others, or by the clock of a test. */
#include "models/models.h"
#include "sync/parker.h"

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
