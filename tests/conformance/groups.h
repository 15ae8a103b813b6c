/* SPDX-License-Identifier: MIT */
/*
 * groups.h: what the tests of task groups have in common: a stage with a pool of one worker, on which a body
 * is a task that leaves here what it found, and children that wait for a cue.
 *
 *     stage_begin();
 *     task = creel_submit(stage.pool, body, NULL);
 *     settle(stage.pool);                       the body waits in its group now
 *     creel_future_set_result(stage.cue, NULL);
 *     stage_end(task);                          it has ended; everything is let go of
 *     ck_assert_int_eq(stage.joined, CREEL_OK);
 */
#ifndef CREEL_TEST_CONFORMANCE_GROUPS_H
#define CREEL_TEST_CONFORMANCE_GROUPS_H

#include "support/suite.h"
#include "task/turns.h"

#include <string.h>

/* What tasks fail with. */
enum { ZERO_DIVISION = 1, VALUE_ERROR, MY_EXC, RUNTIME_ERROR };

enum { MOST_ERRORS = 8 };

static struct {
	creel_pool *pool;
	creel_future *cue;
	creel_group *group;
	atomic_int ran, cancelled;  /* children that began to wait; that were cancelled */
	creel_status in_body;       /* what a wait in the body answered */
	creel_status joined, inner; /* what join did; that of an inner group */
	creel_status after;         /* what a wait after the join did */
	bool requested, still;      /* creel_cancel_requested() in the body, and after the join */
	size_t errors;              /* of the group */
	int codes[MOST_ERRORS];     /* theirs, */
	size_t index[MOST_ERRORS];  /* and whose they are */
	creel_status ended;         /* how the body's task has */
	int value;                  /* or what it returned */
} stage;

static inline void
stage_begin(void)
{
	stage.pool = pool_of(1);
	stage.cue = creel_future_create();
	ck_assert_ptr_nonnull(stage.pool);
}

/* Wait for the body, which must end by itself. */
static inline void
stage_end(creel_future *body)
{
	void *value = NULL;

	stage.ended = creel_take(body, &value);
	stage.value = (int)(intptr_t)value;
	creel_pool_destroy(stage.pool);
	creel_future_unref(stage.cue);
}

/* The cue is given. */
static inline void
stage_go(void)
{
	ck_assert_int_eq(creel_future_set_result(stage.cue, NULL), CREEL_OK);
}

static inline creel_future *
stage_body(creel_fn *body)
{
	creel_future *task = creel_submit(stage.pool, body, NULL);

	settle(stage.pool);
	return task;
}

/* A child that nobody keeps. */
static inline void
spawn(creel_group *group, creel_fn *fn, void *arg)
{
	creel_future_unref(creel_group_submit(group, fn, arg));
}

/* By a body: until so many children have begun to wait. */
static inline void
await_ran(int n)
{
	while (atomic_load(&stage.ran) < n)
		creel_sleep(0);
}

static inline void *
give_up(void)
{
	atomic_fetch_add(&stage.cancelled, 1);
	return creel_fail(CREEL_ECANCELLED, "cancelled");
}

/* Children: one that waits for the cue and returns its argument, */
static inline void *
wait_for_cue(void *arg)
{
	atomic_fetch_add(&stage.ran, 1);
	return creel_await(stage.cue, NULL) == CREEL_OK ? arg : give_up();
}

/* or for ever, */
static inline void *
wait_for_ever(void *arg)
{
	(void)arg;
	atomic_fetch_add(&stage.ran, 1);
	creel_sleep(CREEL_FOREVER);
	return give_up();
}

/* one that fails at the cue, */
static inline void *
crash_at_cue(void *arg)
{
	return creel_await(stage.cue, NULL) == CREEL_OK ? creel_fail(ZERO_DIVISION, "1/0")
							: (arg = give_up());
}

/* one that fails when it is cancelled. */
static inline void *
crash_in_cleanup(void *arg)
{
	(void)arg;
	atomic_fetch_add(&stage.ran, 1);
	creel_sleep(CREEL_FOREVER);
	return creel_fail(ZERO_DIVISION, "1/0");
}

static inline void *
crash(void *arg)
{
	return creel_fail((int)(intptr_t)arg, "crashed");
}

static inline void
note_errors(creel_group *group)
{
	creel_group_error found[MOST_ERRORS];

	stage.errors = creel_group_errors(group, found, MOST_ERRORS);
	for (size_t i = 0; i < stage.errors && i < MOST_ERRORS; i++) {
		stage.codes[i] = found[i].error->code;
		stage.index[i] = found[i].index;
	}
}

/* The end of a body: join the group, note what it says, and end as it did. */
static inline void *
leave(creel_group *group)
{
	stage.requested = creel_cancel_requested();
	stage.joined = creel_group_join(group, CREEL_FOREVER);
	stage.still = creel_cancel_requested();
	note_errors(group);
	creel_group_destroy(group);
	if (stage.joined == CREEL_ECANCELLED)
		return creel_fail(CREEL_ECANCELLED, "cancelled");
	if (stage.joined == CREEL_EFAILED)
		return creel_fail(stage.codes[0], "in the group");
	return NULL;
}

/* The group has failed with one error. */
static inline void
expect_error(int code)
{
	ck_assert_int_eq(stage.joined, CREEL_EFAILED);
	ck_assert_uint_eq(stage.errors, 1);
	ck_assert_int_eq(stage.codes[0], code);
}

#endif
