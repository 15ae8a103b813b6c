/* SPDX-License-Identifier: MIT */
/* scenes_bounded.c: pools whose queue is bounded, from outside and from tasks of another pool, while calls fail. */
#include "faults/scenes.h"

#include "support/pools.h"

enum { MANY = 4 };

static atomic_int ran, args_dropped;

static void *
run_counted(void *arg)
{
	atomic_fetch_add(&ran, 1);
	return arg;
}

static void
drop_arg(void *arg)
{
	(void)arg;
	atomic_fetch_add(&args_dropped, 1);
}

static creel_pool *
try_bounded(creel_when_full when_full)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;

	options.workers = 1;
	options.queue_limit = 1;
	options.when_full = when_full;
	return creel_pool_create(&options);
}

/* In the storm it may not be had at first. */
static creel_pool *
need_bounded(creel_when_full when_full)
{
	creel_pool *pool = try_bounded(when_full);
	int code = creel_last_error()->code;

	if (pool == NULL) {
		child_expect(sweep_stormy() && (code == CREEL_ENOMEM || code == CREEL_ESYS));
		sweep_calm();
		pool = try_bounded(when_full);
		child_expect(pool != NULL);
	}
	return pool;
}

/* What one caller has put in. */
typedef struct put_in {
	creel_pool *pool;
	int accepted; /* at least */
	int unknown;  /* perhaps beyond that */
	int dropping;
} put_in;

static void *
put_in_all(void *arg)
{
	put_in *p = arg;
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;

	options.arg_drop = drop_arg;
	options.start_deadline = INT64_MAX;
	for (int i = 0; i < 3; i++) {
		creel_future *future;

		options.priority = (creel_priority)i;
		future = creel_submit_with(p->pool, &options, run_counted, p);
		p->accepted += !scene_refused(future);
		p->dropping++;
		creel_future_unref(future);
	}
	if (expect_served(creel_submit_many(p->pool, run_counted, NULL, MANY, NULL)))
		p->accepted += MANY;
	else
		p->unknown += MANY - 1; /* what came before the one that was refused */
	p->accepted += expect_served(creel_post(p->pool, run_counted, NULL));
	return arg;
}

static void
check_ran(const put_in *outside, const put_in *inside)
{
	const int accepted = outside->accepted + inside->accepted;

	child_expect(creel_pool_wait_idle(outside->pool, CREEL_FOREVER) == CREEL_OK);
	child_expect(atomic_load(&ran) >= accepted);
	child_expect(atomic_load(&ran) <= accepted + outside->unknown + inside->unknown);
	child_expect(atomic_load(&args_dropped) == outside->dropping + inside->dropping);
	atomic_store(&ran, 0);
	atomic_store(&args_dropped, 0);
}

static void
play(creel_when_full when_full)
{
	creel_pool *other = scene_need_pool(1);
	put_in outside = {.pool = need_bounded(when_full)}, inside = {.pool = outside.pool};
	put_in again = {.pool = outside.pool}, none = {.pool = outside.pool};
	creel_status status;

	put_in_all(&outside);
	status = creel_pool_run(other, put_in_all, &inside, NULL);
	child_expect(status == CREEL_OK || sweep_stormy());
	sweep_calm();
	check_ran(&outside, &inside);
	put_in_all(&again);
	child_expect(creel_pool_run(other, put_in_all, &none, NULL) == CREEL_OK);
	child_expect(again.accepted == 3 + MANY + 1 && none.accepted == 3 + MANY + 1);
	check_ran(&again, &none);
	creel_pool_destroy(outside.pool);
	creel_pool_destroy(other);
}

void
scene_bounded_wait(void)
{
	play(CREEL_FULL_WAIT);
}

void
scene_bounded_caller(void)
{
	play(CREEL_FULL_CALLER_RUNS);
}
