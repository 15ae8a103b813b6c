/* SPDX-License-Identifier: MIT */
/* test_submit_many.c: a batch: its order, its futures, what is refused. */
#include "support/gate.h"
#include "support/suite.h"
#include "task/turns.h"

enum { N = 200 };

static intptr_t started[N];
static atomic_int count;

/* Note when one starts: started[i] is the argument of the i-th. */
static void *
note_start(void *arg)
{
	started[atomic_fetch_add(&count, 1)] = (intptr_t)arg;
	return arg;
}

static void
fill(void *args[])
{
	for (int i = 0; i < N; i++)
		args[i] = pointer_of(1000 + i);
}

START_TEST(futures_are_in_the_order_of_the_arguments)
{
	creel_pool *pool = pool_of(2);
	creel_future *out[N];
	void *args[N];

	fill(args);
	ck_assert_int_eq(creel_submit_many(pool, same, args, N, out), CREEL_OK);
	for (int i = 0; i < N; i++)
		ck_assert_int_eq(take_number(out[i]), 1000 + i);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(one_worker_starts_them_in_order)
{
	creel_pool *pool = pool_of(1);
	void *args[N];

	fill(args);
	ck_assert_int_eq(creel_submit_many(pool, note_start, args, N, NULL), CREEL_OK);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&count), N);
	for (int i = 0; i < N; i++)
		ck_assert_int_eq(started[i], 1000 + i);
}
END_TEST

START_TEST(without_arguments_each_gets_null)
{
	creel_pool *pool = pool_of(1);
	creel_future *out[3] = {NULL, NULL, NULL};

	ck_assert_int_eq(creel_submit_many(pool, same, NULL, 3, out), CREEL_OK);
	for (int i = 0; i < 3; i++) {
		void *value = &value;

		ck_assert_int_eq(creel_take(out[i], &value), CREEL_OK);
		ck_assert_ptr_null(value);
	}
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(nothing_is_submitted_well)
{
	creel_pool *pool = pool_of(1);
	creel_future *out[1] = {NULL};

	ck_assert_int_eq(creel_submit_many(pool, same, NULL, 0, NULL), CREEL_OK);
	ck_assert_int_eq(creel_submit_many(pool, same, NULL, 0, out), CREEL_OK);
	ck_assert_ptr_null(out[0]);
	ck_assert_int_eq(creel_submit_many(NULL, same, NULL, 0, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_submit_many(pool, NULL, NULL, 0, NULL), CREEL_EINVAL);
	creel_pool_destroy(pool);
}
END_TEST

/* A batch wakes as many workers as it has tasks, however many that are. */
START_TEST(all_workers_are_woken)
{
	enum { WORKERS = 21 };
	creel_pool *pool = pool_of(WORKERS);
	gate hold = GATE_INIT;
	void *args[WORKERS];

	for (int i = 0; i < WORKERS; i++)
		args[i] = &hold;
	ck_assert_int_eq(creel_submit_many(pool, gate_task, args, WORKERS, NULL), CREEL_OK);
	gate_await_arrivals(&hold, WORKERS);
	gate_open(&hold);
	creel_pool_destroy(pool);
	ck_assert_int_eq(gate_arrived(&hold), WORKERS);
}
END_TEST

static int unhandled_code;
static atomic_int unhandled;

static void
note_unhandled(creel_future *future, const creel_error *error, void *ctx)
{
	(void)future;
	(void)ctx;
	unhandled_code = error->code;
	atomic_fetch_add(&unhandled, 1);
}

static void
ck_all_refused(creel_pool *pool, creel_fn *fn, creel_status why)
{
	creel_future *out[N] = {NULL};
	void *args[N];

	fill(args);
	ck_assert_int_eq(creel_submit_many(pool, fn, args, N, out), why);
	ck_assert_int_eq(creel_last_error()->code, (int)why);
	for (int i = 0; i < N; i++) {
		ck_assert_ptr_nonnull(out[i]);
		ck_assert_int_eq(creel_future_status(out[i]), CREEL_EFAILED);
		ck_assert_int_eq(creel_future_error(out[i])->code, (int)why);
	}
	creel_futures_unref(out, N);
}

START_TEST(what_is_refused_has_failed_each)
{
	creel_pool *pool = pool_of(1);

	creel_set_unhandled(note_unhandled, NULL);
	ck_all_refused(NULL, same, CREEL_EINVAL);
	ck_all_refused(pool, NULL, CREEL_EINVAL);
	creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER);
	ck_all_refused(pool, note_start, CREEL_ECLOSED);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&count), 0);
	ck_assert_int_eq(atomic_load(&unhandled), 0);
}
END_TEST

/* Without futures the status alone tells of a refusal: it is nobody's unseen error besides. */
START_TEST(a_refusal_without_futures_is_told_once)
{
	creel_pool *pool = pool_of(1);

	creel_set_unhandled(note_unhandled, NULL);
	ck_assert_int_eq(creel_submit_many(NULL, same, NULL, 3, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_submit_many(pool, NULL, NULL, 3, NULL), CREEL_EINVAL);
	creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER);
	ck_assert_int_eq(creel_submit_many(pool, same, NULL, 3, NULL), CREEL_ECLOSED);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&unhandled), 0);
}
END_TEST

static void *
failing(void *arg)
{
	return creel_fail(77, "on purpose, in %p", arg);
}

/* What runs without a future and fails is told to the hook, each. */
START_TEST(errors_of_tasks_without_futures_are_unhandled)
{
	creel_pool *pool = pool_of(1);

	creel_set_unhandled(note_unhandled, NULL);
	ck_assert_int_eq(creel_submit_many(pool, failing, NULL, 3, NULL), CREEL_OK);
	creel_pool_destroy(pool);
	ck_assert_int_eq(atomic_load(&unhandled), 3);
	ck_assert_int_eq(unhandled_code, 77);
}
END_TEST

typedef struct from_task {
	creel_pool *to;
	creel_status submitted;
	intptr_t sum;
} from_task;

static void *
submit_and_add(void *arg)
{
	from_task *f = arg;
	creel_future *out[N];
	void *args[N];

	fill(args);
	f->submitted = creel_submit_many(f->to, same, args, N, out);
	for (int i = 0; i < N; i++) {
		void *value = NULL;

		creel_take(out[i], &value);
		f->sum += (intptr_t)value;
	}
	return NULL;
}

/* From a task, to its own pool of one worker and to another. */
START_TEST(tasks_submit_batches)
{
	creel_pool *pool = pool_of(1), *other = pool_of(2);
	from_task own = {pool, CREEL_EINVAL, 0}, foreign = {other, CREEL_EINVAL, 0};

	ck_assert_int_eq(creel_pool_run(pool, submit_and_add, &own, NULL), CREEL_OK);
	ck_assert_int_eq(creel_pool_run(pool, submit_and_add, &foreign, NULL), CREEL_OK);
	ck_assert_int_eq(own.submitted, CREEL_OK);
	ck_assert_int_eq(own.sum, N * 1000 + N * (N - 1) / 2);
	ck_assert_int_eq(foreign.submitted, CREEL_OK);
	ck_assert_int_eq(foreign.sum, own.sum);
	creel_pool_destroy(other);
	creel_pool_destroy(pool);
}
END_TEST

/* Members are cancelled one by one. */
START_TEST(each_future_is_its_own)
{
	creel_pool *pool = pool_of(1);
	gate hold = GATE_INIT;
	creel_future *holding = creel_submit(pool, gate_task, &hold);
	creel_future *out[N];
	void *args[N];

	fill(args);
	creel_submit_many(pool, note_start, args, N, out);
	for (int i = 0; i < N; i += 2)
		ck_assert_int_eq(creel_future_cancel(out[i]), CREEL_CANCEL_NOW);
	gate_open(&hold);
	for (int i = 0; i < N; i++)
		ck_assert_int_eq(
			creel_take(out[i], NULL), i % 2 == 0 ? CREEL_ECANCELLED : CREEL_OK);
	ck_assert_int_eq(atomic_load(&count), N / 2);
	creel_future_unref(holding);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.task.submit_many", futures_are_in_the_order_of_the_arguments,
	one_worker_starts_them_in_order, without_arguments_each_gets_null,
	nothing_is_submitted_well, all_workers_are_woken, what_is_refused_has_failed_each,
	a_refusal_without_futures_is_told_once, errors_of_tasks_without_futures_are_unhandled,
	tasks_submit_batches, each_future_is_its_own)
