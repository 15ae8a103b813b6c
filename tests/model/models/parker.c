/* SPDX-License-Identifier: MIT */
/* parker.c: two threads unpark one that waits for both. */
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
