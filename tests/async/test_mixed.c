/* SPDX-License-Identifier: MIT */
/* test_mixed.c: futures of pools, of loops and of nobody in one gather, one wait, one shield. */
#include "async/combined.h"
#include "support/scale.h"
#include "support/suite.h"
#include "task/turns.h"

enum { POOLED, LOOPED, OTHER_LOOPED, PROMISED, KINDS };

/* A task of a pool, tasks of two loops, and a promise: none is done before it is told. */
typedef struct scene {
	creel_pool *pool;
	creel_loop *loops[2];
	creel_future *go, *f[KINDS];
} scene;

static void *
wait_and_return(void *arg)
{
	scene *s = arg;
	void *value = NULL;

	if (creel_await(s->go, &value) != CREEL_OK)
		return creel_fail(CREEL_ECANCELLED, "as asked");
	return value;
}

static void
begin(scene *s)
{
	*s = (scene){.pool = NULL};
	s->pool = pool_of(1);
	for (int i = 0; i < 2; i++)
		s->loops[i] = creel_loop_create(NULL);
	s->go = creel_future_create();
	s->f[POOLED] = creel_submit(s->pool, wait_and_return, s);
	s->f[LOOPED] = creel_loop_submit(s->loops[0], wait_and_return, s);
	s->f[OTHER_LOOPED] = creel_loop_submit(s->loops[1], wait_and_return, s);
	s->f[PROMISED] = creel_future_create();
}

static void
end(scene *s)
{
	creel_futures_unref(s->f, KINDS);
	creel_future_unref(s->go);
	for (int i = 0; i < 2; i++)
		creel_loop_destroy(s->loops[i]);
	creel_pool_destroy(s->pool);
}

static void
complete_all(scene *s)
{
	succeed(s->go, 7);
	succeed(s->f[PROMISED], 7);
}

/* Gathers all, and returns how many of them have the value 7. Assertions are the test's own thread's. */
static void *
gather_all(void *arg)
{
	scene *s = arg;
	creel_future *whole = creel_gather(s->f, KINDS, 0);
	void *value = NULL;
	intptr_t good = 0;

	if (creel_take(whole, &value) != CREEL_OK)
		return NULL;
	for (int i = 0; i < KINDS; i++)
		good += ((creel_outcome *)value)[i].status == CREEL_OK &&
			((creel_outcome *)value)[i].value == number(7);
	creel_free(value);
	return number(good);
}

static void *
wait_for_all(void *arg)
{
	scene *s = arg;
	creel_future *f[KINDS];
	size_t ndone = 0;

	memcpy(f, s->f, sizeof f);
	if (creel_wait(f, KINDS, CREEL_ALL_COMPLETED, CREEL_FOREVER, &ndone) != CREEL_OK)
		return NULL;
	return number((intptr_t)ndone);
}

/* In a loop's task, a pool's task and a plain thread, all at the same time. */
static void
everywhere(void *(*fn)(void *))
{
	for (int round = 0; round < SCALE_TIMES(100); round++) {
		scene s;
		creel_future *tasks[2];
		pthread_t thread;
		void *of_thread = NULL;

		begin(&s);
		tasks[0] = creel_loop_submit(s.loops[0], fn, &s);
		tasks[1] = creel_submit(s.pool, fn, &s);
		pthread_create(&thread, NULL, fn, &s);
		complete_all(&s);
		for (int i = 0; i < 2; i++)
			ck_assert_int_eq(take_number(tasks[i]), KINDS);
		pthread_join(thread, &of_thread);
		ck_assert_ptr_eq(of_thread, number(KINDS));
		end(&s);
	}
}

/* 3.8 "constructor_heterogenous_futures": otherwise: futures belong to no loop, so they mix
   1.5 "futures of two loops": they mix */
START_TEST(constructor_heterogenous_futures)
{
	everywhere(gather_all);
}
END_TEST

START_TEST(wait_everywhere)
{
	everywhere(wait_for_all);
}
END_TEST

/* A plain thread waits for the first of them, and then for the others. */
START_TEST(thread_waits_for_the_first)
{
	scene s;
	creel_future *f[KINDS];
	size_t ndone = 0;

	begin(&s);
	memcpy(f, s.f, sizeof f);
	succeed(s.f[PROMISED], 1);
	ck_assert_int_eq(
		creel_wait(f, KINDS, CREEL_FIRST_COMPLETED, CREEL_FOREVER, &ndone), CREEL_OK);
	ck_assert_uint_eq(ndone, 1);
	ck_assert_ptr_eq(f[0], s.f[PROMISED]);
	succeed(s.go, 1);
	ck_assert_int_eq(
		creel_wait(f + 1, KINDS - 1, CREEL_ALL_COMPLETED, CREEL_FOREVER, &ndone), CREEL_OK);
	ck_assert_uint_eq(ndone, KINDS - 1);
	ck_assert_ptr_eq(f[1], s.f[POOLED]);
	end(&s);
}
END_TEST

/* Cancelling the gather ends tasks of all kinds, and it has ended when they have. */
START_TEST(cancel_reaches_all)
{
	scene s;
	creel_future *whole;

	begin(&s);
	whole = creel_gather(s.f, KINDS, CREEL_RETURN_EXCEPTIONS);
	ck_assert_int_eq(creel_future_cancel(whole), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_await(whole, NULL), CREEL_ECANCELLED);
	for (int i = 0; i < KINDS; i++)
		ck_assert_int_eq(creel_future_status(s.f[i]), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_status(s.go), CREEL_EPENDING);
	creel_future_unref(whole);
	end(&s);
}
END_TEST

/* One fails, and the tasks of all kinds are asked to end. */
START_TEST(error_reaches_all)
{
	scene s;
	creel_future *whole;

	begin(&s);
	whole = creel_gather(s.f, KINDS, CREEL_CANCEL_ON_ERROR);
	fail_with(s.f[PROMISED], 5);
	ck_assert_int_eq(creel_await(whole, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, 5);
	for (int i = 0; i < PROMISED; i++)
		ck_assert_int_eq(creel_future_status(s.f[i]), CREEL_ECANCELLED);
	creel_future_unref(whole);
	end(&s);
}
END_TEST

static void *
await_shielded(void *arg)
{
	scene *s = arg;
	creel_future *shield = creel_shield(s->f[POOLED]);
	const creel_status status = creel_wait_for(shield, CREEL_FOREVER, NULL);

	creel_future_unref(shield);
	return number(status);
}

static void *
nothing(void *arg)
{
	return arg;
}

/* A loop's task is cancelled that waits for a pool's behind a shield. */
START_TEST(shield_across)
{
	scene s;
	creel_future *task;

	begin(&s);
	settle(s.pool);
	task = creel_loop_submit(s.loops[0], await_shielded, &s);
	creel_take(creel_loop_submit(s.loops[0], nothing, NULL), NULL); /* a turn later: it waits */
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(take_number(task), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_future_status(s.f[POOLED]), CREEL_EPENDING);
	complete_all(&s);
	ck_assert_int_eq(creel_await(s.f[POOLED], NULL), CREEL_OK);
	ck_assert_int_eq(creel_await(s.f[LOOPED], NULL), CREEL_OK);
	ck_assert_int_eq(creel_await(s.f[OTHER_LOOPED], NULL), CREEL_OK);
	end(&s);
}
END_TEST

CREEL_SUITE("creel.async.mixed", constructor_heterogenous_futures, wait_everywhere,
	thread_waits_for_the_first, cancel_reaches_all, error_reaches_all, shield_across)
