/* SPDX-License-Identifier: MIT */
/*
 * test_cancel_storm.c: four threads cancel, again and again, tasks that do all that tasks do: run,
 * yield, sleep, await, limit, run others, end. What must hold whatever happens is counted.
 */
#include "support/scale.h"
#include "support/suite.h"
#include "task/turns.h"

#include <pthread.h>

enum { CANCELLERS = 4, BATCH = 100, KINDS = 9 };

typedef struct victim {
	creel_future *task;    /* whose cancellation is asked for */
	creel_future *promise; /* completed by the test; own: limited by the victim itself */
	creel_future *own;
	creel_pool *other;
	int kind;
	bool obeys; /* ends cancelled when it is told */
	/* By the victim. */
	atomic_int started;
	int drops;
	int told, told_for_nothing, wrong;
	bool requested;
	/* By the cancellers. */
	atomic_int now, requests, early;
} victim;

static void
drop(void *arg)
{
	((victim *)arg)->drops++;
}

/* Wait in the victim's own way. None of these ends as cancelled unless the victim is asked. */
static creel_status
wait_somehow(victim *v)
{
	creel_status status = CREEL_OK;

	switch (v->kind) {
	case 0:
		break;
	case 1:
		status = creel_await(v->promise, NULL);
		break;
	case 2:
		status = creel_sleep(CREEL_MICROSECONDS(20));
		break;
	case 3:
		for (int i = 0; i < 3 && status == CREEL_OK; i++)
			status = creel_sleep(0);
		break;
	case 4:
		status = creel_await_for(v->promise, CREEL_MICROSECONDS(5), NULL);
		break;
	case 5:
		status = creel_wait_for(v->own, CREEL_MICROSECONDS(5), NULL);
		break;
	case 6:
		status = creel_pool_run(v->other, same, v, NULL);
		break;
	case 7:
		status = creel_checkpoint();
		break;
	default:
		status = creel_take(creel_submit(creel_current_pool(), same, v), NULL);
		break;
	}
	return status;
}

static void *
live(void *arg)
{
	victim *v = arg;

	atomic_store(&v->started, 1);
	for (int i = 0; i < 2; i++) {
		creel_status status = wait_somehow(v);

		if (status == CREEL_ECANCELLED && creel_cancel_requested())
			v->told++;
		else if (status == CREEL_ECANCELLED &&
			 v->kind != 5) /* its own has been cancelled */
			v->told_for_nothing++;
		else if (status != CREEL_OK && status != CREEL_ETIMEDOUT && v->kind != 5)
			v->wrong++;
		if (v->told > 0 && v->obeys)
			return creel_fail(CREEL_ECANCELLED, "as asked");
	}
	v->requested = creel_cancel_requested();
	return v;
}

static victim victims[BATCH];
static atomic_int round_now, finished;
static int rounds;

/* Every canceller goes through the batch in an order of its own, several times. */
static void *
cancel_all(void *arg)
{
	const int stride = 2 * (int)(intptr_t)arg + 1;

	for (int round = 1; round <= rounds; round++) {
		spin_until(&round_now, round);
		for (int i = 0; i < 3 * BATCH; i++) {
			victim *v = &victims[(i * stride + (int)(intptr_t)arg * 25) % BATCH];

			switch (creel_future_cancel(v->task)) {
			case CREEL_CANCEL_NOW:
				atomic_fetch_add(&v->now, 1);
				break;
			case CREEL_CANCEL_REQUESTED:
				atomic_fetch_add(&v->requests, 1);
				break;
			default:
				if (!creel_future_done(v->task))
					atomic_fetch_add(&v->early, 1);
				break;
			}
			if (i % 16 == 15)
				sched_yield();
		}
		atomic_fetch_add(&finished, 1);
	}
	return NULL;
}

static void
submit_batch(creel_pool *pool, creel_pool *other, creel_future *promise, int round)
{
	static const creel_task_options drops = {.size = sizeof drops, .arg_drop = drop};

	for (int i = 0; i < BATCH; i++) {
		victims[i] = (victim){.promise = promise,
			.own = creel_future_create(),
			.other = other,
			.kind = (i + round) % KINDS,
			.obeys = i / KINDS % 2};
		victims[i].task = creel_submit_with(pool, &drops, live, &victims[i]);
	}
}

/* What must hold for each, however it was hit. */
static void
ck_victim(victim *v)
{
	const creel_status status = creel_await(v->task, NULL);
	const int now = atomic_load(&v->now);

	ck_assert_int_eq(v->drops, 1);
	ck_assert_int_eq(v->wrong, 0);
	ck_assert_int_eq(v->told_for_nothing, 0);
	ck_assert_int_eq(atomic_load(&v->early), 0);
	ck_assert_int_le(now, 1);
	ck_assert_int_eq(atomic_load(&v->started), !now);
	if (now || (v->told > 0 && v->obeys))
		ck_assert_int_eq(status, CREEL_ECANCELLED);
	else
		ck_assert_int_eq(status, CREEL_OK);
	if (v->told > 0 || v->requested)
		ck_assert_int_gt(atomic_load(&v->requests), 0);
	creel_future_unref(v->task);
	creel_future_unref(v->own);
}

/* The tasks of a batch are queued, running, suspended and ended when they are hit. */
static void
storm(creel_pool *pool, creel_pool *other)
{
	pthread_t threads[CANCELLERS];

	rounds = SCALE_TIMES(200);
	for (int i = 0; i < CANCELLERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, cancel_all, pointer_of(i)), 0);
	for (int round = 1; round <= rounds; round++) {
		creel_future *promise = creel_future_create();

		submit_batch(pool, other, promise, round);
		atomic_store(&round_now, round);
		spin_until(&finished, round * CANCELLERS - CANCELLERS / 2);
		creel_future_set_result(promise, NULL);
		spin_until(&finished, round * CANCELLERS);
		for (int i = 0; i < BATCH; i++)
			ck_victim(&victims[i]);
		creel_future_unref(promise);
	}
	for (int i = 0; i < CANCELLERS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}

/* 3.16 "1. cancel vs set_result vs set_error": four threads cancel what two workers run; each ends once
   3.16 "25. closure destructor count": one for each task, whatever hit it */
START_TEST(four_threads_cancel_the_tasks_of_two_workers)
{
	creel_pool *pool = pool_of(2), *other = pool_of(1);

	storm(pool, other);
	creel_pool_destroy(pool);
	creel_pool_destroy(other);
}
END_TEST

/* On one worker more of them are suspended. */
START_TEST(four_threads_cancel_the_tasks_of_one_worker)
{
	creel_pool *pool = pool_of(1), *other = pool_of(1);

	storm(pool, other);
	creel_pool_destroy(pool);
	creel_pool_destroy(other);
}
END_TEST

/* A chain of tasks that each run the next: a request to the first travels down, to the last. */
typedef struct link {
	creel_pool *pool;
	struct link *next;
	atomic_int *deepest;
	creel_status status;
} link_of_chain;

static void *
run_next(void *arg)
{
	link_of_chain *l = arg;

	if (l->next != NULL) {
		l->status = creel_pool_run(l->pool, run_next, l->next, NULL);
	} else {
		atomic_fetch_add(l->deepest, 1);
		l->status = creel_sleep(CREEL_FOREVER);
	}
	return l->status == CREEL_ECANCELLED ? creel_fail(CREEL_ECANCELLED, "as asked") : NULL;
}

START_TEST(chains_of_runs_are_cancelled_from_the_top)
{
	enum { DEPTH = 20 };
	creel_pool *pools[] = {pool_of(1), pool_of(2)};

	for (int round = 1; round <= SCALE_TIMES(500); round++) {
		link_of_chain links[DEPTH];
		atomic_int deepest = 0;
		creel_future *top;

		for (int i = 0; i < DEPTH; i++)
			links[i] = (link_of_chain){pools[(i + round) % 2],
				i + 1 < DEPTH ? &links[i + 1] : NULL, &deepest, CREEL_OK};
		top = creel_submit(pools[0], run_next, &links[0]);
		if (round % 2) {
			spin_until(&deepest, 1);
			ck_assert_int_eq(creel_future_cancel(top), CREEL_CANCEL_REQUESTED);
		} else {
			creel_future_cancel(top); /* wherever it is now */
		}
		ck_assert_int_eq(creel_take(top, NULL), CREEL_ECANCELLED);
		if (round % 2)
			for (int i = 0; i < DEPTH; i++)
				ck_assert_int_eq(links[i].status, CREEL_ECANCELLED);
	}
	creel_pool_destroy(pools[0]);
	creel_pool_destroy(pools[1]);
}
END_TEST

CREEL_SUITE("creel.task.cancel_storm", four_threads_cancel_the_tasks_of_two_workers,
	four_threads_cancel_the_tasks_of_one_worker, chains_of_runs_are_cancelled_from_the_top)
