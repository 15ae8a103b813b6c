/* SPDX-License-Identifier: MIT */
/* answers.h: all the waits there are, tried at a place where none is allowed. */
#ifndef CREEL_TEST_ANSWERS_H
#define CREEL_TEST_ANSWERS_H

#include "task/turns.h"

/* What every wait answers here, for a future that is pending and one that is done. */
enum { WAITS = 8 };

typedef struct answers {
	creel_pool *pool;
	creel_future *pending, *done;
	atomic_int ran; /* what should not have been submitted */
	creel_status status[WAITS], poll, outcome, limited, idle;
	int last_code[WAITS];
} answers;

static inline void *
answers_note_ran(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
	return NULL;
}

static inline void
answers_ask(answers *a)
{
	creel_completions *queue = creel_as_completed(&a->pending, 1);
	creel_completion item;

	for (int i = 0; i < WAITS; i++) {
		switch (i) {
		case 0:
			a->status[i] = creel_await(a->pending, NULL);
			break;
		case 1:
			a->status[i] = creel_await_for(a->pending, 1, NULL);
			break;
		case 2:
			a->status[i] = creel_wait_for(a->pending, 0, NULL);
			break;
		case 3:
			a->status[i] = creel_take(creel_future_ref(a->pending), NULL);
			break;
		case 4:
			a->status[i] = creel_sleep(1);
			break;
		case 5:
			a->status[i] = creel_sleep(0);
			break;
		case 6:
			a->status[i] = creel_pool_run(a->pool, answers_note_ran, &a->ran, NULL);
			break;
		default:
			a->status[i] = creel_completions_next(queue, 1, &item);
			break;
		}
		a->last_code[i] = creel_last_error()->code;
	}
	a->poll = creel_await_for(a->pending, 0, NULL);
	a->outcome = creel_await(a->done, NULL);
	a->limited = creel_wait_for(a->done, 0, NULL);
	a->idle = creel_pool_wait_idle(a->pool, 1);
	creel_completions_destroy(queue);
}

static inline void
answers_ck_refused(const answers *a)
{
	for (int i = 0; i < WAITS; i++) {
		ck_assert_msg(a->status[i] == CREEL_EDEADLK, "wait %d answered %s", i,
			creel_status_name(a->status[i]));
		ck_assert_int_eq(a->last_code[i], CREEL_EDEADLK);
	}
	ck_assert_int_eq(a->poll, CREEL_ETIMEDOUT);
	ck_assert_int_eq(a->outcome, CREEL_OK);
	ck_assert_int_eq(a->limited, CREEL_OK);
	ck_assert_int_eq(creel_future_status(a->pending), CREEL_EPENDING);
	ck_assert_int_eq(atomic_load(&a->ran), 0);
}

static inline void
answers_init(answers *a)
{
	*a = (answers){.pool = pool_of(1),
		.pending = creel_future_create(),
		.done = creel_future_create()};
	creel_future_set_result(a->done, NULL);
}

static inline void
answers_fini(answers *a)
{
	creel_pool_destroy(a->pool);
	creel_future_unref(a->pending);
	creel_future_unref(a->done);
}

#endif
