/* SPDX-License-Identifier: MIT */
/* test_once.c: once, and before anybody goes on. */
#include "sync/once.h"

#include "support/gate.h"
#include "support/suite.h"

#define THREADS 8

static crl_once once = CRL_ONCE_INIT, other = CRL_ONCE_INIT;
static gate start = GATE_INIT;
static int calls, other_calls;

static void
call(void)
{
	calls++;
}

static void
call_other(void)
{
	other_calls++;
}

/* Returns the number of calls that it sees: plain memory, published by crl_call_once() alone. */
static void *
call_behind_the_gate(void *arg)
{
	int *seen = arg;

	gate_pass(&start);
	crl_call_once(&once, call);
	*seen = calls;
	return NULL;
}

START_TEST(is_called_once_before_anybody_returns)
{
	pthread_t threads[THREADS];
	int seen[THREADS] = {0};

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, call_behind_the_gate, &seen[i]), 0);
	gate_await_arrivals(&start, THREADS);
	gate_open(&start);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(seen[i], 1);
	crl_call_once(&once, call);
	ck_assert_int_eq(calls, 1);
}
END_TEST

START_TEST(each_is_its_own)
{
	crl_call_once(&once, call);
	crl_call_once(&other, call_other);
	crl_call_once(&once, call_other);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(other_calls, 1);
}
END_TEST

CREEL_SUITE("creel.sync.once", is_called_once_before_anybody_returns, each_is_its_own)
