/* SPDX-License-Identifier: MIT */
/* steal.c: the deque of jobs, and workers who depend on each other's coming for what was put in. */
#include "models/models.h"
#include "queue/deque.h"
#include "queue/portion.h"

#include <creel/creel.h>

#define JOBS 3

static crl_deque deque;
static struct item {
	crl_job job;
	int written; /* before the push, read by whoever has it */
	int taken;
} items[JOBS];

static void
took(crl_job *job)
{
	struct item *item = CRL_CONTAINER_OF(job, struct item, job);

	MODEL_CHECK(item->written == 1);
	item->taken++; /* by two: a data race */
}

static void *
thief(void *arg)
{
	for (int i = 0; i < 2; i++) {
		bool lost = false;
		crl_job *job = crl_deque_steal(&deque, &lost);

		if (job != NULL)
			took(job);
	}
	return arg;
}

static void
put(int i)
{
	items[i].written = 1;
	while (!crl_deque_push(&deque, &items[i].job)) {
		crl_job *job = crl_deque_pop(&deque); /* full: make room */

		if (job != NULL)
			took(job);
	}
}

static void
take_newest(void)
{
	crl_job *job = crl_deque_pop(&deque);

	if (job != NULL)
		took(job);
}

/* An owner and two thieves; there is room for two, so a slot is used twice. Each job is taken once, with what is behind it. */
void
model_steal_deque(void)
{
	int threads[2];

	model_name(&deque, "deque");
	for (int i = 0; i < 2; i++)
		threads[i] = model_go(thief, NULL);
	for (int i = 0; i < JOBS; i++)
		put(i);
	while (crl_deque_has_any(&deque))
		take_newest();
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	take_newest();
	for (int i = 0; i < JOBS; i++)
		MODEL_CHECK(items[i].taken == 1);
}

static crl_portion portion;

static void
take_from_portion(void)
{
	crl_job *job = crl_portion_take(&portion);

	if (job != NULL)
		took(job);
}

static void *
take_two(void *arg)
{
	take_from_portion();
	take_from_portion();
	return arg;
}

/* A portion is filled, emptied, and filled again. Each job is taken once, with what is behind it. */
void
model_steal_portion(void)
{
	int thread = model_go(take_two, NULL);

	model_name(&portion, "portion");
	for (int i = 0; i < JOBS; i++)
		items[i].written = 1;
	items[0].job.letter.next = &items[1].job.letter;
	crl_portion_fill(&portion, &items[0].job.letter, 2);
	while (crl_portion_has_any(&portion))
		take_from_portion();
	crl_portion_fill(&portion, &items[2].job.letter, 1);
	take_from_portion();
	model_join(thread);
	take_from_portion();
	for (int i = 0; i < JOBS; i++)
		MODEL_CHECK(items[i].taken == 1);
}

static creel_pool *pool;
static crl_atomic(int) ran;

static creel_pool *
make_pool(unsigned workers)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
	creel_pool *made;

	options.workers = workers;
	options.stack_size = CREEL_STACK_MIN;
	made = creel_pool_create(&options);
	MODEL_CHECK(made != NULL);
	return made;
}

static void *
run_one(void *arg)
{
	crl_fetch_add(&ran, 1, relaxed);
	return arg;
}

static void
spin_until_ran(int n)
{
	while (crl_load(&ran, relaxed) < n)
		crl_pause();
}

static void *
post_and_hold(void *arg)
{
	MODEL_CHECK(creel_post(pool, run_one, NULL) == CREEL_OK);
	spin_until_ran(1);
	return arg;
}

/* A task holds its worker until what it has posted has run: the other worker has to come. */
void
model_steal_own(void)
{
	pool = make_pool(2);
	MODEL_CHECK(creel_post(pool, post_and_hold, NULL) == CREEL_OK);
	spin_until_ran(1);
	creel_pool_destroy(pool);
}

static void *
hold_one(void *arg)
{
	spin_until_ran(1);
	return arg;
}

/* Two jobs come from outside, one by one; the first holds its worker until the second has run. */
void
model_steal_hold(void)
{
	pool = make_pool(2);
	MODEL_CHECK(creel_post(pool, hold_one, NULL) == CREEL_OK);
	MODEL_CHECK(creel_post(pool, run_one, NULL) == CREEL_OK);
	spin_until_ran(1);
	creel_pool_destroy(pool);
}

static void *
hold(void *arg)
{
	if (crl_fetch_add(&ran, 1, relaxed) == 0)
		spin_until_ran(3);
	return arg;
}

/* Three jobs come from outside together; the first to run, whose worker has fetched one more, holds it
 * until the others have begun. */
void
model_steal_batch(void)
{
	pool = make_pool(2);
	MODEL_CHECK(creel_submit_many(pool, hold, NULL, 3, NULL) == CREEL_OK);
	spin_until_ran(3);
	creel_pool_destroy(pool);
}

/* A job comes while the only worker, which has just ended another, is about to sleep. */
void
model_steal_lull(void)
{
	pool = make_pool(1);
	MODEL_CHECK(creel_post(pool, run_one, NULL) == CREEL_OK);
	spin_until_ran(1);
	MODEL_CHECK(creel_post(pool, run_one, NULL) == CREEL_OK);
	creel_pool_destroy(pool);
	MODEL_CHECK(crl_load(&ran, relaxed) == 2);
}

/* The same with several that come together. */
void
model_steal_many(void)
{
	pool = make_pool(1);
	MODEL_CHECK(creel_post(pool, run_one, NULL) == CREEL_OK);
	spin_until_ran(1);
	MODEL_CHECK(creel_submit_many(pool, run_one, NULL, 2, NULL) == CREEL_OK);
	creel_pool_destroy(pool);
	MODEL_CHECK(crl_load(&ran, relaxed) == 3);
}

static void *
post_one(void *arg)
{
	*(bool *)arg = creel_post(pool, run_one, NULL) == CREEL_OK;
	return arg;
}

/* A job comes while the pool is closed: what was accepted runs. */
void
model_steal_close(void)
{
	bool accepted = false;
	int thread;

	pool = make_pool(1);
	thread = model_go(post_one, &accepted);
	MODEL_CHECK(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER) == CREEL_OK);
	model_join(thread);
	MODEL_CHECK(crl_load(&ran, relaxed) == accepted);
	creel_pool_destroy(pool);
}

static void *
post_two(void *arg)
{
	*(creel_status *)arg = creel_submit_many(pool, run_one, NULL, 2, NULL);
	return NULL;
}

/* Two come together, upon another, while the pool is closed: both run, or none. */
void
model_steal_refuse(void)
{
	creel_status status = CREEL_OK;
	int thread;

	pool = make_pool(1);
	MODEL_CHECK(creel_post(pool, run_one, NULL) == CREEL_OK);
	thread = model_go(post_two, &status);
	MODEL_CHECK(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER) == CREEL_OK);
	model_join(thread);
	MODEL_CHECK(crl_load(&ran, relaxed) == (status == CREEL_OK ? 3 : 1));
	creel_pool_destroy(pool);
}

static void *
post_three(void *arg)
{
	for (int i = 0; i < 3; i++)
		MODEL_CHECK(creel_post(pool, run_one, NULL) == CREEL_OK);
	return arg;
}

/* A task posts more than its worker's deque has room for. */
void
model_steal_spill(void)
{
	pool = make_pool(1);
	MODEL_CHECK(creel_post(pool, post_three, NULL) == CREEL_OK);
	creel_pool_destroy(pool);
	MODEL_CHECK(crl_load(&ran, relaxed) == 3);
}
