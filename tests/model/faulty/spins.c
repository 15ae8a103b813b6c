/* SPDX-License-Identifier: MIT */
/* spins.c: loops that do not end, or not when they should. */
#include "faulty/faulty.h"

static crl_atomic(int) here[2], busy;

/* Each waits for the other before it says that it is there. */
static void *
meet(void *arg)
{
	const int me = model_self() - 1;

	if (MENDED)
		crl_store(&here[me], 1, release);
	while (crl_load(&here[1 - me], acquire) == 0)
		crl_pause();
	crl_store(&here[me], 1, release);
	return arg;
}

void
faulty_spin_both(void)
{
	faulty_two(meet, meet);
}

/* A loop that does not say that it spins: no schedule is fair to whom it waits for. */
static void *
wait_busily(void *arg)
{
	while (crl_load(&here[1], acquire) == 0) {
		(void)crl_load(&busy, relaxed);
		if (MENDED)
			crl_pause();
	}
	return arg;
}

static void *
come(void *arg)
{
	crl_store(&here[1], 1, release);
	return arg;
}

void
faulty_spin_busy(void)
{
	faulty_two(wait_busily, come);
}

/* Nothing in it is anybody else's. */
void
faulty_spin_alone(void)
{
	for (volatile unsigned i = 1; i != 0 && !MENDED; i |= 1)
		;
}

/* A weak compare and swap may fail though it could succeed. */
static void *
swap(void *arg)
{
	int none = 0;
	bool swapped = crl_cas_weak(&busy, &none, 1, relaxed, relaxed);

	while (MENDED && !swapped && none == 0)
		swapped = crl_cas_weak(&busy, &none, 1, relaxed, relaxed);
	return arg;
}

void
faulty_cas_weak(void)
{
	model_join(model_go(swap, NULL));
	MODEL_CHECK(crl_load(&busy, relaxed) == 1);
}
