/* SPDX-License-Identifier: MIT */
/* test_refs.c: references: who frees a future, when, and what a wrong count does. */
#include "future/made.h"
#include "future/race.h"
#include "support/child.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/future.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static uint32_t
refs(creel_future *f)
{
	return crl_load(&f->refs, relaxed);
}

/* 0.2 "Ownership": create gives one reference; each ref one more; the last unref frees */
START_TEST(the_last_unref_frees)
{
	made m;
	creel_future *f = made_promise(&m);

	ck_assert_ptr_eq(creel_future_ref(f), f);
	ck_assert_ptr_eq(creel_future_ref(f), f);
	creel_future_unref(f);
	creel_future_unref(f);
	ck_assert_int_eq(m.destroyed, 0);
	creel_future_unref(f);
	ck_assert_int_eq(m.destroyed, 1);

	f = creel_future_create();
	ck_assert_uint_eq(refs(f), 1);
	creel_future_unref(f); /* LeakSanitizer sees whether it went */
}
END_TEST

static void
ignore(creel_future *f, void *arg)
{
	(void)f;
	(void)arg;
}

/* A callback that only waits holds no reference; a completion leaves the count as it was. */
START_TEST(callbacks_hold_nothing_while_pending)
{
	made m;
	creel_future *f = made_promise(&m);

	creel_future_on_done(f, ignore, NULL);
	ck_assert_uint_eq(refs(f), 1);
	creel_future_set_result(f, NULL);
	ck_assert_uint_eq(refs(f), 1);
	creel_future_on_done(f, ignore, NULL);
	ck_assert_uint_eq(refs(f), 1);
	creel_future_unref(f);
	ck_assert_int_eq(m.destroyed, 1);
}
END_TEST

START_TEST(many_at_once)
{
	made list[3];
	creel_future *futures[] = {
		made_promise(&list[0]), NULL, made_promise(&list[1]), made_promise(&list[2]), NULL};

	creel_futures_unref(futures, 4);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(list[i].destroyed, 1);
	creel_futures_unref(futures + 1, 0);
	creel_futures_unref(NULL, 0);
	creel_futures_unref(futures + 4, 1);
	made_promise(&list[0]);
	creel_futures_unref(NULL, 3);
	futures[0] = creel_future_ref(&list[0].future);
	futures[1] = &list[0].future;
	creel_futures_unref(futures, 2); /* one future may stand there twice */
	ck_assert_int_eq(list[0].destroyed, 1);
}
END_TEST

/* 3.16 "19. refcount saturation guard": a count that got too high never frees */
/* 4 "T7": (f) saturate on overflow, in all builds */
START_TEST(a_saturated_count_never_frees)
{
	made m;
	creel_future *f = made_promise(&m);

	crl_store(&f->refs, UINT32_C(0x7fffffff), relaxed);
	creel_future_ref(f); /* now at 2^31 */
	for (int i = 0; i < 1000; i++)
		creel_future_unref(f);
	ck_assert_int_eq(m.destroyed, 0);
	ck_assert_uint_gt(refs(f), UINT32_C(0x80000000));
	for (int i = 0; i < 1000; i++)
		creel_future_ref(f);
	ck_assert_uint_gt(refs(f), UINT32_C(0x80000000));
	ck_assert(!creel_future_done(f));
	crl_store(&f->refs, 1, relaxed);
	creel_future_unref(f);
	ck_assert_int_eq(m.destroyed, 1);
}
END_TEST

/* Just below, it still counts. */
START_TEST(a_high_count_counts)
{
	made m;
	creel_future *f = made_promise(&m);

	crl_store(&f->refs, UINT32_C(0x7fffffff), relaxed);
	creel_future_unref(f);
	ck_assert_uint_eq(refs(f), UINT32_C(0x7ffffffe));
	crl_store(&f->refs, 1, relaxed);
	creel_future_unref(f);
	ck_assert_int_eq(m.destroyed, 1);
}
END_TEST

static void
unref_too_often(void *arg)
{
	creel_future *f = arg;

	creel_future_unref(f);
	creel_future_unref(f);
}

/* 4 "T7": (f) letting go once too often ends the program, and says why */
START_TEST(an_unref_too_many_is_fatal)
{
	made m; /* its storage stays: the second unref reads the count, not freed memory */
	char text[256];
	int status = child_run_reading_stderr(unref_too_often, made_promise(&m), text, sizeof text);

	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGABRT);
	ck_assert_ptr_nonnull(
		strstr(text, "creel: fatal: a future was let go of once too often\n"));
}
END_TEST

static void
ref_and_unref(void *item, int who)
{
	made *m = item;

	(void)who;
	for (int i = 0; i < 5; i++)
		creel_future_unref(creel_future_ref(&m->future));
	creel_future_unref(&m->future);
}

/* 4 "T7": (a) the last of four threads frees, once, and sees all that the others wrote */
START_TEST(unref_from_many_threads)
{
	enum { TIMES = SCALE_TIMES(100000) };
	made *items = malloc(TIMES * sizeof *items);

	for (int i = 0; i < TIMES; i++) {
		creel_future *f = made_promise(&items[i]);

		creel_future_set_result(f, f);
		for (int n = 1; n < 4; n++)
			creel_future_ref(f);
	}
	race(4, ref_and_unref, items, sizeof *items, TIMES);
	for (int i = 0; i < TIMES; i++) {
		ck_assert_int_eq(items[i].destroyed, 1);
		ck_assert_int_eq(items[i].dropped, 1);
	}
	free(items);
}
END_TEST

typedef struct shared {
	creel_future *future;
	int written[3]; /* by its contender alone, until its unref */
} shared;

static crl_atomic(int) reports;

static void
count_report(creel_future *f, const creel_error *error, void *ctx)
{
	(void)f;
	(void)error;
	(void)ctx;
	crl_fetch_add(&reports, 1, relaxed);
}

static void
look_or_not(void *item, int who)
{
	shared *s = item;

	if (who == 0)
		s->written[0] = creel_future_error(s->future)->code;
	creel_future_unref(s->future);
}

static void
just_unref(void *item, int who)
{
	shared *s = item;

	s->written[who] = who;
	creel_future_unref(s->future);
}

static void
fail_all(shared *items, int times, race_fn *fn)
{
	for (int i = 0; i < times; i++) {
		items[i].future = creel_future_create();
		creel_future_set_error(items[i].future, 9, "x");
		creel_future_ref(creel_future_ref(items[i].future));
	}
	crl_store(&reports, 0, relaxed);
	creel_set_unhandled(count_report, NULL);
	race(3, fn, items, sizeof *items, (size_t)times);
}

/* A look before an unref is seen by whoever unrefs last; without a look: one report each. */
START_TEST(a_look_is_seen_by_the_last_unref)
{
	enum { TIMES = SCALE_TIMES(100000) };
	shared *items = calloc(TIMES, sizeof *items);

	fail_all(items, TIMES, look_or_not);
	ck_assert_int_eq(crl_load(&reports, relaxed), 0);
	ck_assert_int_eq(items[TIMES - 1].written[0], 9);
	fail_all(items, TIMES, just_unref);
	ck_assert_int_eq(crl_load(&reports, relaxed), TIMES);
	free(items);
}
END_TEST

CREEL_SUITE("creel.future.refs", the_last_unref_frees, callbacks_hold_nothing_while_pending,
	many_at_once, a_saturated_count_never_frees, a_high_count_counts,
	an_unref_too_many_is_fatal, unref_from_many_threads, a_look_is_seen_by_the_last_unref)
