/* SPDX-License-Identifier: MIT */
/* test_post.c: creel_post: work without a future. */
#include "support/gate.h"
#include "support/suite.h"
#include "task/turns.h"

#include <errno.h>
#include <stdio.h>

typedef struct report {
	atomic_int count;
	int code;
	int line;
	char message[64];
	char file[256];
	creel_status status, sleep;
	int same_error;
} report;

static void
note_unhandled(creel_future *future, const creel_error *error, void *ctx)
{
	report *r = ctx;

	r->code = error->code;
	r->line = error->line;
	snprintf(r->message, sizeof r->message, "%s", error->message);
	snprintf(r->file, sizeof r->file, "%s", error->file != NULL ? error->file : "");
	r->status = creel_future_status(future);
	r->same_error = creel_future_error(future) == error;
	r->sleep = creel_sleep(0);
	atomic_fetch_add(&r->count, 1);
}

typedef struct work {
	atomic_int runs;
	creel_future *current;
	creel_pool *pool;
	creel_future *promise;
	creel_status await;
	bool requested;
} work;

static void *
look_around(void *arg)
{
	work *w = arg;

	w->current = creel_current();
	w->pool = creel_current_pool();
	atomic_fetch_add(&w->runs, 1);
	return w;
}

START_TEST(posted_work_runs_once)
{
	creel_pool *pool = pool_of(1);
	work w = {.current = (creel_future *)&w};

	ck_assert_int_eq(creel_post(pool, look_around, &w), CREEL_OK);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(atomic_load(&w.runs), 1);
	ck_assert_ptr_null(w.current);
	ck_assert_ptr_eq(w.pool, pool);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&w.runs), 1);
}
END_TEST

static int failed_line;

static void *
failing(void *arg)
{
	(void)arg;
	failed_line = __LINE__ + 1;
	return creel_fail(EIO, "no %s", "paper");
}

/* The hook is told what posted work fails with, since nobody could look. */
START_TEST(errors_are_unhandled)
{
	creel_pool *pool = pool_of(1);
	report r = {.count = 0};

	creel_set_unhandled(note_unhandled, &r);
	ck_assert_int_eq(creel_post(pool, failing, NULL), CREEL_OK);
	settle(pool);
	ck_assert_int_eq(atomic_load(&r.count), 1);
	ck_assert_int_eq(r.code, EIO);
	ck_assert_str_eq(r.message, "no paper");
	ck_assert_str_eq(r.file, __FILE__);
	ck_assert_int_eq(r.line, failed_line);
	ck_assert_int_eq(r.status, CREEL_EFAILED);
	ck_assert(r.same_error);
	ck_assert_int_eq(r.sleep, CREEL_EDEADLK);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&r.count), 1);
}
END_TEST

static void *
end_cancelled(void *arg)
{
	(void)arg;
	return creel_fail(CREEL_ECANCELLED, "had enough");
}

static void *
fail_but_return_a_value(void *arg)
{
	creel_fail(1, "never mind");
	return arg;
}

/* A cancelled end is no error, nor is an error that is not returned. */
START_TEST(other_ends_are_not_reported)
{
	creel_pool *pool = pool_of(1);
	report r = {.count = 0};

	creel_set_unhandled(note_unhandled, &r);
	ck_assert_int_eq(creel_post(pool, end_cancelled, NULL), CREEL_OK);
	ck_assert_int_eq(creel_post(pool, fail_but_return_a_value, NULL), CREEL_OK);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&r.count), 0);
}
END_TEST

/* A refused post leaves the argument alone, and the future that it has not is reported to nobody. */
START_TEST(a_refused_post_answers_why)
{
	creel_pool *pool = pool_of(1);
	report r = {.count = 0};
	work w = {.runs = 0};

	creel_set_unhandled(note_unhandled, &r);
	ck_assert_int_eq(creel_post(NULL, look_around, &w), CREEL_EINVAL);
	ck_assert_int_eq(creel_post(pool, NULL, &w), CREEL_EINVAL);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER);
	ck_assert_int_eq(creel_post(pool, look_around, &w), CREEL_ECLOSED);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ECLOSED);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&w.runs), 0);
	ck_assert_int_eq(atomic_load(&r.count), 0);
}
END_TEST

static void *
await_promise(void *arg)
{
	work *w = arg;

	atomic_fetch_add(&w->runs, 1);
	w->await = creel_await(w->promise, NULL);
	w->requested = creel_cancel_requested();
	atomic_fetch_add(&w->runs, 1);
	return NULL;
}

/* Posted work suspends like any task, and the pool is not idle meanwhile. */
START_TEST(posted_work_awaits)
{
	creel_pool *pool = pool_of(1);
	work w = {.promise = creel_future_create()};

	ck_assert_int_eq(creel_post(pool, await_promise, &w), CREEL_OK);
	settle(pool);
	ck_assert_int_eq(atomic_load(&w.runs), 1);
	ck_assert_int_eq(creel_pool_wait_idle(pool, 0), CREEL_ETIMEDOUT);
	creel_future_set_result(w.promise, NULL);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(atomic_load(&w.runs), 2);
	ck_assert_int_eq(w.await, CREEL_OK);
	ck_assert(!w.requested);
	creel_future_unref(w.promise);
	creel_pool_destroy(pool);
}
END_TEST

/* A shutdown that cancels all reaches what is suspended, and what is queued never runs. */
START_TEST(a_shutdown_cancels_posted_work)
{
	creel_pool *pool = pool_of(1);
	work suspended = {.promise = creel_future_create()}, queued = {.runs = 0};
	gate hold = GATE_INIT;

	ck_assert_int_eq(creel_post(pool, await_promise, &suspended), CREEL_OK);
	settle(pool);
	ck_assert_int_eq(creel_post(pool, gate_task, &hold), CREEL_OK);
	gate_await_arrivals(&hold, 1);
	ck_assert_int_eq(creel_post(pool, look_around, &queued), CREEL_OK);
	ck_assert_int_eq(creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_ALL, 0), CREEL_ETIMEDOUT);
	gate_open(&hold);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&queued.runs), 0);
	ck_assert_int_eq(atomic_load(&suspended.runs), 2);
	ck_assert_int_eq(suspended.await, CREEL_ECANCELLED);
	ck_assert(suspended.requested);
	ck_assert_int_eq(creel_future_status(suspended.promise), CREEL_EPENDING);
	creel_future_unref(suspended.promise);
}
END_TEST

typedef struct tree {
	creel_pool *pool;
	int depth;
	atomic_int *leaves;
} tree;

static tree nodes[1 << 11];
static atomic_int used;

static void *
branch(void *arg)
{
	tree *t = arg;

	if (t->depth == 0) {
		atomic_fetch_add(t->leaves, 1);
		return NULL;
	}
	for (int i = 0; i < 2; i++) {
		tree *child = &nodes[atomic_fetch_add(&used, 1)];

		*child = (tree){t->pool, t->depth - 1, t->leaves};
		if (creel_post(t->pool, branch, child) != CREEL_OK)
			return creel_fail(1, "a post of the pool's own was refused");
	}
	return NULL;
}

/* 1.15 "submit from a worker": also while the pool drains */
START_TEST(posts_spread_while_the_pool_drains)
{
	creel_pool *pool = pool_of(2);
	atomic_int leaves = 0;
	tree root = {pool, 10, &leaves};
	report r = {.count = 0};

	creel_set_unhandled(note_unhandled, &r);
	ck_assert_int_eq(creel_post(pool, branch, &root), CREEL_OK);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&leaves), 1 << 10);
	ck_assert_int_eq(atomic_load(&r.count), 0);
}
END_TEST

CREEL_SUITE("creel.task.post", posted_work_runs_once, errors_are_unhandled,
	other_ends_are_not_reported, a_refused_post_answers_why, posted_work_awaits,
	a_shutdown_cancels_posted_work, posts_spread_while_the_pool_drains)
