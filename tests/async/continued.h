/* SPDX-License-Identifier: MIT */
/* continued.h: what the tests of continuations share. */
#ifndef CREEL_TEST_ASYNC_CONTINUED_H
#define CREEL_TEST_ASYNC_CONTINUED_H

#include "async/combined.h"
#include "task/turns.h"

/* What a continuation was told, and where. */
typedef struct told {
	creel_outcome outcome;
	creel_pool *pool;
	creel_loop *loop;
	atomic_int calls, drops;
} told;

/* A continuation: notes all that, and adds one to the number it was given. */
static inline void *
note_told(const creel_outcome *outcome, void *arg)
{
	told *t = arg;

	t->outcome = *outcome;
	t->pool = creel_current_pool();
	t->loop = creel_current_loop();
	atomic_fetch_add(&t->calls, 1);
	return number((intptr_t)outcome->value + 1);
}

/* The same, and fails. */
static inline void *
note_and_fail(const creel_outcome *outcome, void *arg)
{
	note_told(outcome, arg);
	return creel_fail(40, "by itself");
}

/* The same, and waits until it is asked to end. */
static inline void *
note_and_sleep(const creel_outcome *outcome, void *arg)
{
	note_told(outcome, arg);
	return creel_sleep(CREEL_FOREVER) == CREEL_ECANCELLED ? creel_fail(CREEL_ECANCELLED, NULL)
							      : NULL;
}

/* A destructor of a told. */
static inline void
drop_told(void *arg)
{
	atomic_fetch_add(&((told *)arg)->drops, 1);
}

static inline creel_future *
then_always(creel_pool *pool, creel_future *future, creel_then_fn *fn, told *t)
{
	creel_then_options options = CREEL_THEN_OPTIONS_INIT;

	options.flags = CREEL_THEN_ALWAYS;
	options.arg_drop = drop_told;
	return creel_then_with(pool, future, &options, fn, t);
}

/* One that wants values alone, and drops its argument. */
static inline creel_future *
then_drops(creel_pool *pool, creel_future *future, creel_then_fn *fn, told *t)
{
	creel_then_options options = CREEL_THEN_OPTIONS_INIT;

	options.arg_drop = drop_told;
	return creel_then_with(pool, future, &options, fn, t);
}

#endif
