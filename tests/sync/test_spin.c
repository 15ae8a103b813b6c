/* SPDX-License-Identifier: MIT */
/* test_spin.c: a few pauses, then the processor is given away. */
#include "sync/spin.h"

#include "support/suite.h"

#include <pthread.h>
#include <sched.h>

static _Thread_local unsigned yields;

int __real_sched_yield(void);
int __wrap_sched_yield(void);

int
__wrap_sched_yield(void)
{
	yields++;
	return __real_sched_yield();
}

START_TEST(pauses_first_then_yields)
{
	unsigned count = 0;

	for (unsigned i = 1; i <= CRL_SPIN_PAUSES; i++) {
		crl_spin(&count);
		ck_assert_uint_eq(count, i);
	}
	ck_assert_uint_eq(yields, 0);
	for (unsigned i = 1; i <= 3; i++) {
		crl_spin(&count);
		ck_assert_uint_eq(count, CRL_SPIN_PAUSES);
		ck_assert_uint_eq(yields, i);
	}
}
END_TEST

static crl_atomic(int) turn;

#define TURNS 200

static void *
take_odd_turns(void *arg)
{
	for (int i = 1; i < TURNS; i += 2) {
		unsigned count = 0;

		while (crl_load(&turn, acquire) != i)
			crl_spin(&count);
		crl_store(&turn, i + 1, release);
	}
	return arg;
}

/* On one processor: the other thread's few instructions need it too. */
START_TEST(two_take_turns_on_one_processor)
{
	cpu_set_t all, one;
	pthread_t thread;

	ck_assert_int_eq(sched_getaffinity(0, sizeof all, &all), 0);
	CPU_ZERO(&one);
	for (size_t cpu = 0; CPU_COUNT(&one) == 0; cpu++)
		if (CPU_ISSET(cpu, &all))
			CPU_SET(cpu, &one);
	ck_assert_int_eq(sched_setaffinity(0, sizeof one, &one), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, take_odd_turns, NULL), 0);
	for (int i = 0; i < TURNS; i += 2) {
		unsigned count = 0;

		while (crl_load(&turn, acquire) != i)
			crl_spin(&count);
		crl_store(&turn, i + 1, release);
	}
	pthread_join(thread, NULL);
	ck_assert_int_eq(crl_load(&turn, relaxed), TURNS);
}
END_TEST

CREEL_SUITE("creel.sync.spin", pauses_first_then_yields, two_take_turns_on_one_processor)
