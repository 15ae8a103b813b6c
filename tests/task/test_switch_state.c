/* SPDX-License-Identifier: MIT */
/*
 * test_switch_state.c: what a task keeps while others run on its worker: errno, the floating-point
 * controls, C++ exceptions in flight, its stack; and that thread-locals stay where they are.
 */
#include "fiber/watched.h"
#include "support/gate.h"
#include "support/suite.h"
#include "task/turns.h"

#include <errno.h>
#include <fenv.h>
#include <pthread.h>

enum { TASKS = 8, ROUNDS = 5 };

/* Tasks of one kind that take turns: each sets its own, yields or awaits, and looks again. */
typedef struct keeper {
	int number;
	creel_future *promise;
	void (*set)(int number);
	bool (*kept)(int number);
	int lost;
} keeper;

static void *
keep(void *arg)
{
	keeper *k = arg;

	for (int round = 0; round < ROUNDS; round++) {
		k->set(k->number + round);
		creel_sleep(0);
		k->lost += !k->kept(k->number + round);
		creel_sleep(CREEL_MICROSECONDS(1));
		k->lost += !k->kept(k->number + round);
	}
	creel_await(k->promise, NULL);
	k->lost += !k->kept(k->number + ROUNDS - 1);
	k->set(0);
	return NULL;
}

static void
ck_kept(void (*set)(int), bool (*kept)(int))
{
	creel_pool *pool = pool_of(1);
	creel_future *promise = creel_future_create(), *tasks[TASKS];
	keeper keepers[TASKS];

	set(0);
	for (int i = 0; i < TASKS; i++) {
		keepers[i] = (keeper){i, promise, set, kept, 0};
		tasks[i] = creel_submit(pool, keep, &keepers[i]);
	}
	creel_sleep(CREEL_MICROSECONDS(100));
	creel_future_set_result(promise, NULL);
	for (int i = 0; i < TASKS; i++) {
		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
		ck_assert_int_eq(keepers[i].lost, 0);
	}
	ck_assert(kept(0));
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}

static void
set_errno(int number)
{
	errno = 1000 + number;
}

static bool
kept_errno(int number)
{
	return errno == 1000 + number;
}

START_TEST(errno_is_kept)
{
	ck_kept(set_errno, kept_errno);
}
END_TEST

static const int roundings[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};

static void
set_rounding(int number)
{
	fesetround(roundings[number % 4]);
}

/* Both units round as they were told; not known to the compiler. */
static bool
kept_rounding(int number)
{
	volatile double one = 1, three = 3, minus = -1;
	volatile long double long_one = 1, long_three = 3;
	volatile double quotient = one / three, negative = minus / three;
	volatile long double long_quotient = long_one / long_three;

	if (fegetround() != roundings[number % 4])
		return false;
	if (on_valgrind()) /* which keeps the controls and rounds as it likes */
		return true;
	switch (roundings[number % 4]) {
	case FE_UPWARD:
		return quotient > -negative && long_quotient * 3 > 1;
	case FE_DOWNWARD:
		return quotient < -negative && long_quotient * 3 < 1;
	default:
		return quotient == -negative;
	}
}

START_TEST(the_rounding_mode_is_kept)
{
	ck_kept(set_rounding, kept_rounding);
}
END_TEST

#define MXCSR_USUAL 0x1f80u
#define MXCSR_FLUSH 0x8000u
#define MXCSR_STATUS 0x3fu

static void
set_flush(int number)
{
	__builtin_ia32_ldmxcsr(MXCSR_USUAL | (number % 2 ? MXCSR_FLUSH : 0));
}

static bool
kept_flush(int number)
{
	volatile double tiny = 0x1p-1022, half = 0.5;
	volatile double product = tiny * half;
	const bool flushes = number % 2 && !on_valgrind(); /* which does not simulate that */
	const unsigned control = __builtin_ia32_stmxcsr() & ~MXCSR_STATUS;

	return control == (MXCSR_USUAL | (flushes ? MXCSR_FLUSH : 0)) && (product == 0) == flushes;
}

START_TEST(flush_to_zero_is_kept)
{
	ck_kept(set_flush, kept_flush);
}
END_TEST

/* The x87 unit's precision: 24, 53 or 64 bits. */
static const unsigned short precisions[] = {0x37f, 0x27f, 0x07f};

static void
set_precision(int number)
{
	const unsigned short word = precisions[number % 3];

	__asm__ volatile("fldcw %0" : : "m"(word));
}

static bool
kept_precision(int number)
{
	static const long double steps[] = {0x1p-63L, 0x1p-52L, 0x1p-23L};
	volatile long double one = 1, step = steps[number % 3], finer = step / 4;
	unsigned short word;

	__asm__ volatile("fnstcw %0" : "=m"(word));
	if (on_valgrind()) /* which simulates neither that nor long double */
		return (word & 0xc3fu) == (precisions[0] & 0xc3fu);
	return word == precisions[number % 3] && one + step > one && one + finer == one;
}

START_TEST(the_x87_precision_is_kept)
{
	ck_kept(set_precision, kept_precision);
}
END_TEST

typedef struct controls {
	int rounding;
	unsigned mxcsr;
	unsigned short x87;
} controls;

static controls
get_controls(void)
{
	controls now = {
		.rounding = fegetround(), .mxcsr = __builtin_ia32_stmxcsr() & ~MXCSR_STATUS};

	__asm__ volatile("fnstcw %0" : "=m"(now.x87));
	return now;
}

/* Tasks that leave the controls as none should find them. */
static void *
spoil_controls(void *arg)
{
	__builtin_ia32_ldmxcsr(MXCSR_USUAL | MXCSR_FLUSH);
	set_precision(1);
	fesetround(FE_UPWARD);
	return arg;
}

static void *
sleep_then_spoil_controls(void *arg)
{
	creel_sleep(0);
	return spoil_controls(arg);
}

static void
spoil_controls_when_done(creel_future *future, void *arg)
{
	(void)future;
	spoil_controls(arg);
}

static void *
note_controls(void *arg)
{
	*(controls *)arg = get_controls();
	return NULL;
}

static void
ck_controls(const controls *found, const controls *wanted)
{
	ck_assert_int_eq(found->rounding, wanted->rounding);
	ck_assert_uint_eq(found->mxcsr, wanted->mxcsr);
	ck_assert_uint_eq(found->x87, wanted->x87);
}

/* Submits and posts who looks, behind who spoils. */
static void
ck_next_begins_with(creel_pool *pool, const controls *wanted)
{
	controls found = {0}, found_by_posted = {0};

	ck_assert_int_eq(creel_pool_run(pool, note_controls, &found, NULL), CREEL_OK);
	ck_controls(&found, wanted);
	ck_assert_int_eq(creel_post(pool, spoil_controls, NULL), CREEL_OK);
	ck_assert_int_eq(creel_post(pool, note_controls, &found_by_posted), CREEL_OK);
	settle(pool);
	ck_controls(&found_by_posted, wanted);
}

START_TEST(a_task_does_not_find_what_the_last_one_set)
{
	creel_pool *pool = pool_of(1);
	creel_future *task;
	const controls usual = get_controls();
	gate g = GATE_INIT;

	ck_assert_int_eq(creel_pool_run(pool, spoil_controls, NULL, NULL), CREEL_OK);
	ck_next_begins_with(pool, &usual);

	/* the task's fiber is another than it began on */
	ck_assert_int_eq(creel_pool_run(pool, sleep_then_spoil_controls, NULL, NULL), CREEL_OK);
	ck_next_begins_with(pool, &usual);

	task = creel_submit(pool, gate_task, &g); /* a callback on the worker */
	gate_await_arrivals(&g, 1);
	creel_future_on_done(task, spoil_controls_when_done, NULL);
	gate_open(&g);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	ck_next_begins_with(pool, &usual);

	creel_pool_destroy(pool);
}
END_TEST

START_TEST(a_task_begins_as_its_pool_was_made)
{
	creel_pool *pool;
	controls upward;

	fesetround(FE_UPWARD);
	upward = get_controls();
	pool = pool_of(1);
	fesetround(FE_TONEAREST);
	ck_next_begins_with(pool, &upward);
	creel_pool_destroy(pool);
}
END_TEST

/* In place of the C++ runtime: what it knows of the exceptions that a thread is handling. */
typedef struct cxx_globals {
	void *caught;
	unsigned uncaught;
} cxx_globals;

static _Thread_local cxx_globals exceptions;
cxx_globals *__cxa_get_globals(void);
cxx_globals *
__cxa_get_globals(void)
{
	return &exceptions;
}

/* As a catch block that handles exception `number`, and throws others meanwhile. */
static void
set_exceptions(int number)
{
	exceptions = number == 0 ? (cxx_globals){NULL, 0}
				 : (cxx_globals){pointer_of(number), (unsigned)number * 3};
}

static bool
kept_exceptions(int number)
{
	return exceptions.caught == pointer_of(number) &&
	       exceptions.uncaught == (unsigned)number * 3;
}

START_TEST(exceptions_in_flight_are_kept)
{
	ck_kept(set_exceptions, kept_exceptions);
}
END_TEST

/* Thread-locals: the address stays, across waits of every length; the value is the thread's. */
static _Thread_local int local;

typedef struct at_home {
	creel_future *promise;
	int moved;
	pthread_t thread;
	bool same_thread;
} at_home;

static __attribute__((noinline)) int *
address_of_local(void)
{
	int *address = &local;

	__asm__ volatile("" : "+r"(address));
	return address;
}

static void *
stay_at_home(void *arg)
{
	at_home *h = arg;
	int *const address = address_of_local();

	h->thread = pthread_self();
	for (int i = 0; i < 50; i++) {
		*address = i;
		creel_sleep(i % 3 * 1000);
		h->moved += address_of_local() != address;
	}
	creel_await(h->promise, NULL);
	h->moved += address_of_local() != address || !pthread_equal(pthread_self(), h->thread);
	local++;
	return pointer_of(creel_worker_index());
}

START_TEST(thread_locals_stay_where_they_are)
{
	enum { N = 30 };
	creel_pool *pool = pool_of(4);
	creel_future *promise = creel_future_create(), *tasks[N];
	at_home homes[N];

	for (int i = 0; i < N; i++) {
		homes[i] = (at_home){.promise = promise};
		tasks[i] = creel_submit(pool, stay_at_home, &homes[i]);
	}
	creel_sleep(CREEL_MICROSECONDS(100));
	creel_future_set_result(promise, NULL);
	for (int i = 0; i < N; i++) {
		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
		ck_assert_int_eq(homes[i].moved, 0);
	}
	creel_future_unref(promise);
	creel_pool_destroy(pool);
}
END_TEST

/* A stack that is deep and full when it is left is the same when the task goes on. */
static uint64_t
dive(int depth, uint64_t value)
{
	volatile uint64_t frame[32];

	for (int i = 0; i < 32; i++)
		frame[i] = value * 31 + (uint64_t)i;
	if (depth % 50 == 0)
		creel_sleep(0);
	value = depth > 0 ? dive(depth - 1, value * 33 + 1) : value;
	if (depth % 50 == 1)
		creel_sleep(1000);
	for (int i = 0; i < 32; i++)
		value = value * 37 + frame[i];
	return value;
}

static uint64_t
dive_dry(int depth, uint64_t value)
{
	uint64_t frame[32];

	for (int i = 0; i < 32; i++)
		frame[i] = value * 31 + (uint64_t)i;
	value = depth > 0 ? dive_dry(depth - 1, value * 33 + 1) : value;
	for (int i = 0; i < 32; i++)
		value = value * 37 + frame[i];
	return value;
}

static void *
dive_in(void *arg)
{
	uint64_t *value = arg;

	*value = dive(400, *value);
	return NULL;
}

START_TEST(stacks_are_kept)
{
	creel_pool *pool = pool_of(1);
	creel_future *tasks[TASKS];
	uint64_t values[TASKS];

	for (int i = 0; i < TASKS; i++) {
		values[i] = (uint64_t)i;
		tasks[i] = creel_submit(pool, dive_in, &values[i]);
	}
	for (int i = 0; i < TASKS; i++) {
		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
		ck_assert_uint_eq(values[i], dive_dry(400, (uint64_t)i));
	}
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.task.switch_state", errno_is_kept, the_rounding_mode_is_kept,
	flush_to_zero_is_kept, the_x87_precision_is_kept,
	a_task_does_not_find_what_the_last_one_set, a_task_begins_as_its_pool_was_made,
	exceptions_in_flight_are_kept, thread_locals_stay_where_they_are, stacks_are_kept)
