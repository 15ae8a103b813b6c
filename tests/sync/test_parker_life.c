/* SPDX-License-Identifier: MIT */
/* test_parker_life.c: whose a parker is, and that it stays one for ever. */
#include "sync/parker.h"

#include "base/clock.h"
#include "support/faults.h"
#include "support/gate.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/time.h>

#include <errno.h>
#include <limits.h>
#include <sched.h>

/* Keeping a thread's parker can fail. */
static bool fail_setspecific;

/* The run-time library of clang's ThreadSanitizer calls it too, before it is ready to watch anybody. */
#ifdef __clang__
#define UNWATCHED __attribute__((disable_sanitizer_instrumentation))
#else
#define UNWATCHED
#endif

int __real_pthread_setspecific(pthread_key_t, const void *);
int __wrap_pthread_setspecific(pthread_key_t, const void *);

UNWATCHED int
__wrap_pthread_setspecific(pthread_key_t key, const void *value)
{
	return fail_setspecific ? ENOMEM : __real_pthread_setspecific(key, value);
}

/* So can making the key for it. Plain numbers: the library's lock guards them, once there are threads. */
static int keys_to_refuse, keys_made;

int __real_pthread_key_create(pthread_key_t *, void (*)(void *));
int __wrap_pthread_key_create(pthread_key_t *, void (*)(void *));

UNWATCHED int
__wrap_pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
	if (keys_to_refuse > 0) {
		keys_to_refuse--;
		return EAGAIN;
	}
	keys_made++;
	return __real_pthread_key_create(key, destructor);
}

START_TEST(is_recycled)
{
	crl_parker *first = crl_parker_get(), *second = crl_parker_get();

	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_nonnull(second);
	ck_assert_ptr_ne(first, second);
	crl_parker_put(first);
	ck_assert_ptr_eq(crl_parker_get(), first);
	crl_parker_put(second);
	crl_parker_put(first);
}
END_TEST

/* A late unpark finds a parker; its next user is woken once for nothing. */
START_TEST(a_late_unpark_is_a_spurious_wake)
{
	crl_parker *parker = crl_parker_get();
	int64_t deadline;

	crl_parker_put(parker);
	crl_unpark(parker);
	ck_assert_ptr_eq(crl_parker_get(), parker);
	crl_park(parker, CRL_NEVER);
	deadline = crl_deadline(CREEL_MILLISECONDS(2));
	crl_park(parker, deadline);
	ck_assert_int_ge(crl_now(), deadline);
	crl_parker_put(parker);
}
END_TEST

static void *
own_parker(void *arg)
{
	crl_parker **parkers = arg;

	parkers[0] = crl_parker_self();
	parkers[1] = crl_parker_self();
	return NULL;
}

static void
run(void *(*fn)(void *), void *arg)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, fn, arg), 0);
	pthread_join(thread, NULL);
}

START_TEST(a_thread_keeps_its_own)
{
	crl_parker *mine = crl_parker_self(), *others[2];

	ck_assert_ptr_nonnull(mine);
	run(own_parker, others);
	ck_assert_ptr_nonnull(others[0]);
	ck_assert_ptr_eq(others[0], others[1]);
	ck_assert_ptr_ne(others[0], mine);
	ck_assert_ptr_eq(crl_parker_self(), mine);
}
END_TEST

START_TEST(a_thread_that_ends_gives_its_own_back)
{
	crl_parker *first[2], *others[2];

	run(own_parker, first);
	for (int i = 0; i < 100; i++) {
		run(own_parker, others);
		ck_assert_ptr_eq(others[0], first[0]);
	}
	ck_assert_ptr_eq(crl_parker_self(), first[0]);
}
END_TEST

/* A destructor of the program's that waits, when the thread's parker has been given back already. */
static pthread_key_t late_key;
static crl_parker *late, *not_late;

static void
use_a_parker_late(void *arg)
{
	(void)arg;
	late = crl_parker_self();
	if (late == NULL)
		return;
	crl_unpark(late);
	crl_park(late, CRL_NEVER);
	not_late = crl_parker_get(); /* another: this one is in use again */
	crl_parker_put(not_late);
}

static void *
park_in_a_destructor(void *arg)
{
	own_parker(arg);
	pthread_setspecific(late_key, arg);
	return NULL;
}

START_TEST(a_thread_may_wait_while_it_ends)
{
	crl_parker *parkers[2], *again[2];

	run(own_parker, parkers); /* makes the library's key: destructors run in the keys' order */
	ck_assert_int_eq(pthread_key_create(&late_key, use_a_parker_late), 0);
	for (int i = 0; i < 100; i++) {
		late = NULL;
		run(park_in_a_destructor, again);
		ck_assert_ptr_eq(late, parkers[0]); /* the one that it gave back, */
		ck_assert_ptr_eq(again[0], parkers[0]);
		ck_assert_ptr_ne(not_late, late);
	}
	run(own_parker, again);
	ck_assert_ptr_eq(again[0], parkers[0]); /* and gave back once more */
}
END_TEST

/* 3.16 "26. allocation-failure injection": NULL without memory, and one when there is some again */
START_TEST(no_memory)
{
	crl_parker *got, *own;

	fault_arm(FAULT_MALLOC, 1, true);
	got = crl_parker_get();
	own = crl_parker_self();
	fault_disarm();
	ck_assert_ptr_null(got);
	ck_assert_ptr_null(own);
	own = crl_parker_self();
	ck_assert_ptr_nonnull(own);
	fault_arm(FAULT_MALLOC, 1, true);
	got = crl_parker_self();
	fault_disarm();
	ck_assert_ptr_eq(got, own);
}
END_TEST

/* None of the process's keys is left, then some are. */
START_TEST(no_key_is_left)
{
	pthread_key_t keys[PTHREAD_KEYS_MAX];
	int made = 0;

	while (made < PTHREAD_KEYS_MAX && pthread_key_create(&keys[made], NULL) == 0)
		made++;
	ck_assert_ptr_null(crl_parker_self());
	while (made > 0)
		pthread_key_delete(keys[--made]);
	ck_assert_ptr_nonnull(crl_parker_self());
}
END_TEST

#define THREADS 4

static gate all_at_once = GATE_INIT;

static void *
own_parker_behind_the_gate(void *arg)
{
	crl_parker **parker = arg;

	gate_pass(&all_at_once);
	*parker = crl_parker_self();
	return NULL;
}

/* The first calls fail; then several threads try again at the same time. */
START_TEST(the_key_is_made_later_and_once)
{
	pthread_t threads[THREADS];
	crl_parker *parkers[THREADS];

	keys_to_refuse = 2;
	ck_assert_ptr_null(crl_parker_self());
	ck_assert_ptr_null(crl_parker_self());
	ck_assert_int_eq(keys_to_refuse, 0);
	keys_made = 0;
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, own_parker_behind_the_gate, &parkers[i]),
			0);
	gate_await_arrivals(&all_at_once, THREADS);
	gate_open(&all_at_once);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		ck_assert_ptr_nonnull(parkers[i]);
	}
	ck_assert_ptr_nonnull(crl_parker_self());
	ck_assert_int_eq(keys_made, 1);
}
END_TEST

START_TEST(no_place_for_it_in_the_thread)
{
	crl_parker *parker, *own[2];

	run(own_parker, own);
	fail_setspecific = true;
	ck_assert_ptr_null(crl_parker_self());
	fail_setspecific = false;
	parker = crl_parker_get();
	ck_assert_ptr_eq(parker, own[0]); /* it went back */
	crl_parker_put(parker);
	ck_assert_ptr_eq(crl_parker_self(), own[0]);
}
END_TEST

#define PAIRS 2
#define ROUNDS SCALE_TIMES(5000)

/* A waiter gets a parker for each round and puts it back, while its waker may still be in the unpark. */
typedef struct round_trip {
	crl_atomic(crl_parker *) waiting;
	crl_atomic(int) woken; /* the rounds that the waker has ended */
} round_trip;

static void *
wait_often(void *arg)
{
	round_trip *trip = arg;

	for (int round = 1; round <= ROUNDS; round++) {
		crl_parker *parker = crl_parker_get();

		crl_store(&trip->waiting, parker, release);
		while (crl_load(&trip->woken, acquire) < round)
			crl_park(parker, CRL_NEVER);
		crl_parker_put(parker);
	}
	return NULL;
}

static void *
wake_often(void *arg)
{
	round_trip *trip = arg;

	for (int round = 1; round <= ROUNDS; round++) {
		crl_parker *parker;

		while ((parker = crl_exchange(&trip->waiting, NULL, acquire)) == NULL)
			sched_yield();
		crl_store(&trip->woken, round, release);
		crl_unpark(parker); /* anybody's by now */
	}
	return NULL;
}

START_TEST(late_unparks_find_parkers)
{
	static round_trip trips[PAIRS];
	pthread_t waiters[PAIRS], wakers[PAIRS];

	for (int i = 0; i < PAIRS; i++) {
		ck_assert_int_eq(pthread_create(&waiters[i], NULL, wait_often, &trips[i]), 0);
		ck_assert_int_eq(pthread_create(&wakers[i], NULL, wake_often, &trips[i]), 0);
	}
	for (int i = 0; i < PAIRS; i++) {
		pthread_join(waiters[i], NULL);
		pthread_join(wakers[i], NULL);
		ck_assert_int_eq(crl_load(&trips[i].woken, relaxed), ROUNDS);
	}
}
END_TEST

/* The same with threads that end, and their own parkers. */
static void *
wait_once_and_end(void *arg)
{
	round_trip *trip = arg;
	crl_parker *parker = crl_parker_self();

	crl_store(&trip->waiting, parker, release);
	while (crl_load(&trip->woken, acquire) == 0)
		crl_park(parker, CRL_NEVER);
	return NULL;
}

START_TEST(late_unparks_find_parkers_of_ended_threads)
{
	for (int i = 0; i < SCALE_TIMES(500); i++) {
		round_trip trip = {.woken = 0};
		crl_parker *parker;
		pthread_t thread;

		ck_assert_int_eq(pthread_create(&thread, NULL, wait_once_and_end, &trip), 0);
		while ((parker = crl_load(&trip.waiting, acquire)) == NULL)
			sched_yield();
		crl_store(&trip.woken, 1, release);
		crl_unpark(parker);
		pthread_join(thread, NULL);
		crl_unpark(parker); /* later than late */
		ck_assert_int_eq(crl_load(&trip.woken, relaxed), 1);
	}
}
END_TEST

CREEL_SUITE("creel.sync.parker_life", is_recycled, a_late_unpark_is_a_spurious_wake,
	a_thread_keeps_its_own, a_thread_that_ends_gives_its_own_back,
	a_thread_may_wait_while_it_ends, no_memory, no_key_is_left, the_key_is_made_later_and_once,
	no_place_for_it_in_the_thread, late_unparks_find_parkers,
	late_unparks_find_parkers_of_ended_threads)
