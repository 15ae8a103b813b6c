/* SPDX-License-Identifier: MIT */
/* test_memory.c: futures when there is no memory. */
#include "base/error.h"
#include "future/made.h"
#include "support/faults.h"
#include "support/suite.h"

#include <creel/await.h>
#include <creel/future.h>
#include <creel/memory.h>
#include <pthread.h>
#include <stdlib.h>

static char a_value, another; /* values by address */

static creel_future *
without_memory(void)
{
	creel_future *f;

	fault_arm(FAULT_MALLOC, 1, true);
	f = creel_future_create();
	ck_assert(fault_disarm());
	return f;
}

static void
count(creel_future *f, void *arg)
{
	(void)f;
	++*(int *)arg;
}

/* Check's assertions allocate, so the answer is looked at later. */
static creel_status
on_done_with_nothing(creel_future *f, int *calls)
{
	creel_status status;

	fault_arm(FAULT_MALLOC, 1, true);
	status = creel_future_on_done(f, count, calls);
	ck_assert(fault_disarm());
	return status;
}

static void
count_report(creel_future *f, const creel_error *error, void *ctx)
{
	(void)error;
	count(f, ctx);
}

/* 3.16 "26. allocation-failure injection": create gives a future that has failed with ENOMEM */
START_TEST(create_without_memory)
{
	creel_future *f = without_memory();
	void *out = &another;
	int calls = 0;

	ck_assert_ptr_nonnull(f);
	ck_assert(creel_future_done(f));
	ck_assert_int_eq(creel_future_status(f), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(f)->code, CREEL_ENOMEM);
	ck_assert_str_eq(creel_future_error(f)->message, "out of memory");
	ck_assert_int_eq(creel_await(f, &out), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ENOMEM);
	ck_assert_int_eq(creel_await_for(f, 0, &out), CREEL_EFAILED);
	ck_assert_int_eq(creel_wait_for(f, 0, &out), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_result(f, &out), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_set_result(f, &a_value), CREEL_ESTATE);
	ck_assert_int_eq(creel_future_set_error(f, 1, "x"), CREEL_ESTATE);
	ck_assert_int_eq(creel_future_cancel(f), CREEL_CANCEL_TOO_LATE);
	ck_assert_int_eq(creel_future_on_done(f, count, &calls), CREEL_OK);
	ck_assert_int_eq(calls, 1);
	ck_assert_uint_eq(creel_future_remove_on_done(f, count, &calls), 0);
	ck_assert_int_eq(creel_take(f, &out), CREEL_EFAILED);
	ck_assert_ptr_eq(out, &another);
}
END_TEST

/* It is immortal: however often it is let go of, and never reported as unhandled. */
START_TEST(the_future_without_memory_is_immortal)
{
	creel_future *f = without_memory();
	int reports = 0;

	creel_set_unhandled(count_report, &reports);
	for (int i = 0; i < 100000; i++)
		creel_future_unref(f);
	ck_assert_int_eq(creel_take(f, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_take(f, NULL), CREEL_EFAILED);
	for (int i = 0; i < 100000; i++)
		ck_assert_ptr_eq(creel_future_ref(f), f);
	creel_futures_unref((creel_future *[]){f, f, f}, 3);
	ck_assert_ptr_eq(without_memory(), f);
	ck_assert_int_eq(creel_future_status(f), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(f)->code, CREEL_ENOMEM);
	ck_assert_int_eq(reports, 0);
}
END_TEST

/* 0.2 "Allocation failure": on_done fails before anything is changed */
START_TEST(on_done_without_memory)
{
	creel_future *f = creel_future_create();
	int calls = 0;

	ck_assert_int_eq(on_done_with_nothing(f, &calls), CREEL_ENOMEM);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ENOMEM);
	ck_assert_uint_eq(made_linked(f), 0);
	ck_assert_int_eq(creel_future_on_done(f, count, &calls), CREEL_OK);
	creel_future_set_result(f, NULL);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(on_done_with_nothing(f, &calls), CREEL_ENOMEM);
	ck_assert_int_eq(calls, 1);
	creel_future_unref(f);
}
END_TEST

static void
wake(crl_waker *waker)
{
	waker->wake = NULL;
}

static crl_wake *const by_wake = wake;

/* 0.2 "Allocation failure": what completes, calls back, unlinks or frees never allocates */
START_TEST(completing_allocates_nothing)
{
	made m;
	creel_future *ok = made_promise(&m), *cancelled = creel_future_create();
	crl_waker stays = {.wake = &by_wake}, goes = {.wake = &by_wake};
	int calls = 0;
	bool failed;

	creel_future_on_done(ok, count, &calls);
	creel_future_on_done(cancelled, count, &calls);
	creel_future_on_done(cancelled, count, &a_value);
	fault_arm(FAULT_MALLOC, 1, true);
	crl_future_link(ok, &stays);
	crl_future_link(ok, &goes);
	crl_future_unlink(ok, &goes);
	creel_future_set_result(ok, &a_value);
	creel_future_set_result(ok, &another);
	creel_future_remove_on_done(cancelled, count, &a_value);
	creel_future_cancel(cancelled);
	creel_await(ok, NULL);
	creel_await(cancelled, NULL);
	creel_future_unref(cancelled);
	creel_take(ok, NULL);
	failed = fault_disarm();
	ck_assert(!failed);
	ck_assert_int_eq(calls, 2);
	ck_assert(stays.wake == NULL);
	ck_assert(goes.wake == &by_wake);
	ck_assert_int_eq(m.destroyed, 1);
}
END_TEST

enum { RESERVE = 32 }; /* how many errors there are without memory: lib/base/error.c */

static void
fail_without_memory(creel_future *futures[], int n, int code)
{
	for (int i = 0; i < n; i++)
		futures[i] = creel_future_create();
	fault_arm(FAULT_MALLOC, 1, true);
	for (int i = 0; i < n; i++)
		creel_future_set_error_at("far.c", i, futures[i], code + i, "%d", i);
	ck_assert(fault_disarm());
}

static void
expect_reserved(creel_future *f, int code, int line)
{
	const creel_error *error = creel_future_error(f);

	ck_assert_int_eq(creel_future_status(f), CREEL_EFAILED);
	ck_assert_int_eq(error->code, code);
	ck_assert_str_eq(error->message, "(no memory was left for the message)");
	ck_assert_str_eq(error->file, "far.c");
	ck_assert_int_eq(error->line, line);
}

/* 0.2 "Allocation failure": an error without memory keeps its code and place, not its message */
/* 3.16 "26. allocation-failure injection": set_error fails the future all the same */
START_TEST(errors_without_memory)
{
	creel_future *futures[RESERVE];

	for (int round = 0; round < 3; round++) { /* the reserve is given back each time */
		fail_without_memory(futures, RESERVE, 100 + round);
		for (int i = 0; i < RESERVE; i++)
			expect_reserved(futures[i], 100 + round + i, i);
		creel_futures_unref(futures, RESERVE);
	}
}
END_TEST

/* When even the reserve is spent, the future fails with ENOMEM; later there is room again. */
START_TEST(errors_beyond_the_reserve)
{
	creel_future *futures[RESERVE + 2], *more;

	fail_without_memory(futures, RESERVE + 2, 200);
	for (int i = 0; i < RESERVE; i++)
		expect_reserved(futures[i], 200 + i, i);
	for (int i = RESERVE; i < RESERVE + 2; i++) {
		ck_assert_int_eq(creel_future_status(futures[i]), CREEL_EFAILED);
		ck_assert_int_eq(creel_future_error(futures[i])->code, CREEL_ENOMEM);
		ck_assert_str_eq(creel_future_error(futures[i])->message, "out of memory");
	}
	creel_future_unref(futures[7]);
	fail_without_memory(&more, 1, 300);
	expect_reserved(more, 300, 0);
	futures[7] = more;
	creel_futures_unref(futures, RESERVE + 2);
}
END_TEST

/* An allocator that lets another outcome win while set_error makes its error. */
static struct {
	creel_future *victim;
	bool exhausted;
	int made, freed;
} rival;

static void *
rival_malloc(size_t size, void *ctx)
{
	(void)ctx;
	if (rival.victim != NULL)
		crl_future_complete(rival.victim, CRL_VALUE, &another);
	if (rival.exhausted)
		return NULL;
	rival.made++;
	return malloc(size);
}

static void *
rival_realloc(void *memory, size_t size, void *ctx)
{
	(void)ctx;
	return realloc(memory, size);
}

static void
rival_free(void *memory, void *ctx)
{
	(void)ctx;
	rival.freed++;
	free(memory);
}

/* A set_error that loses, with memory or without. */
static void
lose(bool exhausted)
{
	creel_future *f = creel_future_create();
	void *out = NULL;
	int freed = rival.freed;

	rival.victim = f;
	rival.exhausted = exhausted;
	ck_assert_int_eq(creel_future_set_error(f, 1, "x"), CREEL_ESTATE);
	rival.exhausted = false;
	rival.victim = NULL;
	ck_assert_int_eq(creel_last_error()->code, CREEL_ESTATE);
	ck_assert_int_eq(rival.freed - freed, exhausted ? 0 : 1);
	ck_assert_int_eq(creel_future_result(f, &out), CREEL_OK);
	ck_assert_ptr_eq(out, &another);
	creel_future_unref(f);
}

/* 0.2 "Terminal transition": whoever loses disposes of its own error, also of one in the reserve */
/* 4 "T1": (b) the winner publishes, the loser destroys its own and gets ESTATE */
START_TEST(a_losing_error_is_freed)
{
	static const creel_allocator allocator = {rival_malloc, rival_realloc, rival_free, NULL};
	creel_future *f[RESERVE];

	ck_assert_int_eq(creel_set_allocator(&allocator), CREEL_OK);
	lose(false);
	ck_assert_int_eq(rival.made, rival.freed);
	for (int i = 0; i < RESERVE; i++)
		f[i] = creel_future_create();
	for (int i = 0; i < 2 * RESERVE; i++)
		lose(true);
	for (int i = 0; i < RESERVE; i++) {
		rival.exhausted = true;
		creel_future_set_error_at("far.c", i, f[i], i, "x");
		rival.exhausted = false;
		expect_reserved(f[i], i, i);
	}
	creel_futures_unref(f, RESERVE);
	ck_assert_int_eq(rival.made, rival.freed);
}
END_TEST

typedef struct waiting {
	creel_future *future;
	creel_status await, await_for, take, later;
} waiting;

/* A thread that has never waited needs memory to block with. */
static void *
wait_without_memory(void *arg)
{
	waiting *w = arg;

	fault_arm(FAULT_MALLOC, 1, true);
	w->await = creel_await(w->future, NULL);
	w->await_for = creel_await_for(w->future, CREEL_SECONDS(1), NULL);
	w->take = creel_take(creel_future_ref(w->future), NULL);
	fault_disarm();
	w->later = creel_await_for(w->future, 1, NULL);
	return NULL;
}

/* await without memory for the thread to block with: ENOMEM, did not wait; later it works */
START_TEST(waiting_without_memory)
{
	waiting w = {.future = creel_future_create()};
	pthread_t thread;

	pthread_create(&thread, NULL, wait_without_memory, &w);
	pthread_join(thread, NULL);
	ck_assert_int_eq(w.await, CREEL_ENOMEM);
	ck_assert_int_eq(w.await_for, CREEL_ENOMEM);
	ck_assert_int_eq(w.take, CREEL_ENOMEM);
	ck_assert_int_eq(w.later, CREEL_ETIMEDOUT);
	ck_assert_uint_eq(made_linked(w.future), 0);
	creel_future_unref(w.future);
}
END_TEST

CREEL_SUITE("creel.future.memory", create_without_memory, the_future_without_memory_is_immortal,
	on_done_without_memory, completing_allocates_nothing, errors_without_memory,
	errors_beyond_the_reserve, a_losing_error_is_freed, waiting_without_memory)
