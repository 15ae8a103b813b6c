/* SPDX-License-Identifier: MIT */
/*
 * fork.c: frames that are forked, shared, taken, forced out and joined. The first models are of the frames
 * alone, with thieves that do nothing but take; the others are of a pool, whose tasks hold their worker until
 * others have come.
 */
#include "models/models.h"
#include "queue/frames.h"

#include <creel/creel.h>

#define ITEMS 3

/* Thread-locals of the models have one address for all threads (explorer/image.c), so that a thread can have no
 * pointer to another's: this stands in for creel_fork_stack_v1. */
static creel_fork_stack stacks[8] = {{NULL, CRL_FORK_OFF}, {NULL, CRL_FORK_OFF},
	{NULL, CRL_FORK_OFF}, {NULL, CRL_FORK_OFF}, {NULL, CRL_FORK_OFF}, {NULL, CRL_FORK_OFF},
	{NULL, CRL_FORK_OFF}, {NULL, CRL_FORK_OFF}};

creel_fork_stack *
model_fork_stack(void)
{
	return &stacks[model_self()];
}

static crl_frames frames;
static crl_forker forker;
static struct item {
	creel_frame frame;
	int written; /* before the fork, read by whoever runs it */
	int ran;
} items[ITEMS];

/* By two: a data race. */
static void
run_item(creel_frame *frame)
{
	struct item *item = CRL_CONTAINER_OF(frame, struct item, frame);

	MODEL_CHECK(item->written == 1);
	item->ran++;
}

static void
take_one(void)
{
	creel_frame *frame = crl_frames_take(&frames, NULL);

	if (frame == NULL)
		return;
	run_item(frame);
	__atomic_exchange_n(&frame->state, CRL_FRAME_DONE, memory_order_acq_rel);
}

static crl_forker *
get_forker(void *arg)
{
	return arg;
}

static void *
take_two(void *arg)
{
	take_one();
	take_one();
	return arg;
}

static void *
force_and_take(void *arg)
{
	take_one();
	if (crl_frames_force(&frames, get_forker, &forker))
		take_one();
	return arg;
}

/* As creel_fork() and creel_join(), which in their slow parts need a runner. */
static void
fork_item(int i)
{
	creel_frame *frame = &items[i].frame;
	creel_fork_stack *stack = model_fork_stack();

	items[i].written = 1;
	frame->state = CRL_FRAME_PRIVATE;
	frame->prev = stack->top;
	if (!creel_fork_set_top_(stack, frame))
		crl_frames_offer(&frames, &forker);
}

static void
join_slowly(creel_frame *frame)
{
	bool shared;

	switch (crl_frames_reclaim(&frames, frame, &forker, &shared)) {
	case CRL_RECLAIM_RUN:
		run_item(frame);
		break;
	case CRL_RECLAIM_AWAIT:
		while (__atomic_load_n(&frame->state, memory_order_acquire) != CRL_FRAME_DONE)
			crl_pause();
		break;
	case CRL_RECLAIM_WRONG:
		MODEL_CHECK(false);
	}
}

static void
join_item(int i)
{
	creel_frame *frame = &items[i].frame;

	if (creel_fork_take_back_(frame))
		run_item(frame);
	else
		join_slowly(frame);
}

static void
begin(void)
{
	model_name(&frames.lock, "lock");
	model_name(&frames.count, "count");
	model_name(&frames.unaware, "unaware");
	model_name(&stacks[0].top, "top");
	model_name(&stacks[0].call, "call");
	frames.thieves = true;
	crl_frames_open(&frames);
}

static void
end(int n)
{
	crl_frames_close(&frames);
	MODEL_CHECK(forker.shared == 0 && crl_load(&frames.count, relaxed) == 0);
	for (int i = 0; i < n; i++)
		MODEL_CHECK(items[i].ran == 1);
}

/* Two thieves; what nobody takes is run by its join. */
void
model_fork_take(void)
{
	int threads[2];

	begin();
	for (int i = 0; i < 2; i++)
		threads[i] = model_go(take_two, NULL);
	for (int i = 0; i < 3; i++)
		fork_item(i);
	for (int i = 3; i-- > 0;)
		join_item(i);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	end(3);
}

/* The first forked is the first joined. */
void
model_fork_order(void)
{
	int thread;

	begin();
	thread = model_go(take_two, NULL);
	fork_item(0);
	fork_item(1);
	join_item(0);
	fork_item(2);
	join_item(1);
	join_item(2);
	model_join(thread);
	end(3);
}

/* One thief forces out what the owner keeps to itself, while the owner forks and joins. */
void
model_fork_force(void)
{
	int threads[2];

	begin();
	fork_item(0);
	threads[0] = model_go(force_and_take, NULL);
	threads[1] = model_go(take_two, NULL);
	fork_item(1);
	join_item(1);
	fork_item(2);
	join_item(2);
	join_item(0);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	end(3);
}

/* The owner calls of its own accord while a thief is about to force, and goes on. */
void
model_fork_called(void)
{
	int thread;

	begin();
	fork_item(0);
	thread = model_go(force_and_take, NULL);
	fork_item(1);
	fork_item(2);
	join_item(2);
	join_item(1);
	join_item(0);
	model_join(thread);
	end(3);
}

/* The fiber that has forked suspends, then goes on, forks and joins. */
void
model_fork_aside(void)
{
	int thread;

	begin();
	fork_item(0);
	thread = model_go(force_and_take, NULL);
	fork_item(1);
	crl_frames_set_aside(&frames, &forker);
	fork_item(2);
	join_item(2);
	join_item(1);
	join_item(0);
	model_join(thread);
	end(3);
}

static creel_pool *pool;
static crl_atomic(int) ran;

static void
make_pool(void)
{
	creel_pool_options options = CREEL_POOL_OPTIONS_INIT;

	options.workers = 2;
	options.stack_size = CREEL_STACK_MIN;
	pool = creel_pool_create(&options);
	MODEL_CHECK(pool != NULL);
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
fork_and_hold(void *arg)
{
	creel_frame frame;

	creel_fork(&frame, run_one, arg);
	spin_until_ran(1);
	MODEL_CHECK(creel_join(&frame) == arg);
	return NULL;
}

/* A task holds its worker until what it has forked has run: the other worker has to come. Then it waits for its
 * end. */
void
model_fork_held(void)
{
	make_pool();
	MODEL_CHECK(creel_post(pool, fork_and_hold, &ran) == CREEL_OK);
	spin_until_ran(1);
	creel_pool_destroy(pool);
}

static void *
fork_two_and_hold(void *arg)
{
	creel_frame first, second;

	creel_fork(&first, run_one, NULL);
	creel_fork(&second, run_one, arg);
	spin_until_ran(2);
	MODEL_CHECK(creel_join(&second) == arg);
	MODEL_CHECK(creel_join(&first) == NULL);
	return NULL;
}

/* The same with two: the second is private, and has to be forced out. */
void
model_fork_stranded(void)
{
	make_pool();
	MODEL_CHECK(creel_post(pool, fork_two_and_hold, &ran) == CREEL_OK);
	spin_until_ran(2);
	creel_pool_destroy(pool);
}

static void *
sleep_for_ever(void *arg)
{
	crl_fetch_add(&ran, 1, relaxed);
	MODEL_CHECK(creel_sleep(CREEL_FOREVER) == CREEL_ECANCELLED);
	return arg;
}

static void *
fork_sleepers(void *arg)
{
	creel_frame frame;

	creel_fork(&frame, sleep_for_ever, arg);
	sleep_for_ever(arg);
	creel_join(&frame);
	return arg;
}

/* A task and what it has forked sleep, or are about to, when it is asked to end: both hear of it. */
void
model_fork_cancel(void)
{
	creel_future *task;

	make_pool();
	task = creel_submit(pool, fork_sleepers, NULL);
	spin_until_ran(2);
	creel_future_cancel(task);
	MODEL_CHECK(creel_take(task, NULL) == CREEL_OK);
	MODEL_CHECK(crl_load(&ran, relaxed) == 2);
	creel_pool_destroy(pool);
}

static void *
fork_then_sleep(void *arg)
{
	fork_and_hold(arg);
	return sleep_for_ever(arg);
}

/* What was forked has run, elsewhere, before the task is asked to end. */
void
model_fork_left(void)
{
	creel_future *task;

	make_pool();
	task = creel_submit(pool, fork_then_sleep, &ran);
	spin_until_ran(2);
	creel_future_cancel(task);
	MODEL_CHECK(creel_take(task, NULL) == CREEL_OK);
	creel_pool_destroy(pool);
}

static void *
fork_and_join(void *arg)
{
	creel_frame first, second;

	creel_fork(&first, run_one, NULL);
	creel_fork(&second, run_one, arg);
	MODEL_CHECK(creel_join(&second) == arg);
	MODEL_CHECK(creel_join(&first) == NULL);
	MODEL_CHECK(crl_load(&ran, relaxed) == 2);
	return NULL;
}

/* Whoever runs them, they have run when they are joined. */
void
model_fork_join(void)
{
	make_pool();
	MODEL_CHECK(creel_pool_run(pool, fork_and_join, &ran, NULL) == CREEL_OK);
	creel_pool_destroy(pool);
}
