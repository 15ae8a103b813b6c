/* SPDX-License-Identifier: MIT */
/* test_bad_input.c: every public function, given NULL, a negative or a zero duration, a wrong
 * number. */
#include "faults/table.h"
#include "support/gate.h"
#include "support/pools.h"
#include "support/suite.h"

static void *
pass(void *arg)
{
	return arg;
}

static void *
pass_on(const creel_outcome *outcome, void *arg)
{
	(void)arg;
	return outcome->value;
}

static void
count_call(creel_future *future, void *arg)
{
	(void)future;
	++*(int *)arg;
}

static void
count_drop(void *arg)
{
	++*(int *)arg;
}

static void
count_range(size_t begin, size_t end, void *ctx)
{
	*(size_t *)ctx += end - begin;
}

#define MANY 3

/* creel_submit_many() that is refused: its status, or -1 if a future is missing or has another
 * code. */
static int
submit_many_refused(creel_pool *pool, creel_fn *fn)
{
	creel_future *out[MANY] = {NULL};
	creel_status status = creel_submit_many(pool, fn, NULL, MANY, out);
	int result = (int)status;

	for (int i = 0; i < MANY; i++)
		if (code_of(out[i]) != (int)status)
			result = -1;
	return result;
}

START_TEST(null)
{
	creel_pool *pool = pool_of(1);
	creel_future *f = creel_future_create();
	creel_completions *queue = creel_completions_create();
	creel_serial *serial = creel_serial_create(pool);
	creel_completion out;
	void *value = NULL;
	size_t ndone = 0;
	int calls = 0;

	const row rows[] = {
		/* await.h */
		ROW(creel_await(NULL, NULL), CREEL_EINVAL),
		ROW(creel_await(NULL, &value), CREEL_EINVAL),
		ROW(creel_await_for(NULL, 0, &value), CREEL_EINVAL),
		ROW(creel_wait_for(NULL, CREEL_FOREVER, &value), CREEL_EINVAL),
		ROW(creel_take(NULL, &value), CREEL_EINVAL),
		/* combine.h, race.h, then.h, parallel.h: more in async/ and facade/ */
		ROW(code_of(creel_gather(NULL, 1, 0)), CREEL_EINVAL),
		ROW(code_of(creel_shield(NULL)), CREEL_EINVAL),
		ROW(code_of(creel_first(NULL, 1, 1, 0)), CREEL_EINVAL),
		ROW(code_of(creel_first(&f, 1, 0, 0)), CREEL_EINVAL),
		ROW(code_of(creel_first(&f, 1, 2, 0)), CREEL_EINVAL),
		ROW(code_of(creel_first(&f, 1, 1, 4)), CREEL_EINVAL),
		ROW(code_of(creel_any(NULL, 1)), CREEL_EINVAL),
		ROW(code_of(creel_any(&f, 0)), CREEL_EINVAL),
		ROW(code_of(creel_race(NULL, 1)), CREEL_EINVAL),
		ROW(code_of(creel_race(&f, 0)), CREEL_EINVAL),
		ROW(code_of(creel_then(NULL, f, pass_on, NULL)), CREEL_EINVAL),
		ROW(code_of(creel_then(pool, NULL, pass_on, NULL)), CREEL_EINVAL),
		ROW(code_of(creel_then(pool, f, NULL, NULL)), CREEL_EINVAL),
		ROW(code_of(creel_then_with(NULL, f, NULL, pass_on, NULL)), CREEL_EINVAL),
		ROW(creel_wait(NULL, 1, CREEL_ALL_COMPLETED, 0, &ndone), CREEL_EINVAL),
		ROW(creel_wait(&f, 1, CREEL_ALL_COMPLETED, 0, NULL), CREEL_EINVAL),
		ROW(creel_parallel_for(NULL, 0, 1, 0, count_range, NULL), CREEL_EINVAL),
		ROW(creel_parallel_for(pool, 0, 1, 0, NULL, NULL), CREEL_EINVAL),
		ROW(creel_map(NULL, pass, NULL, 1, NULL), CREEL_EINVAL),
		ROW(creel_map(pool, NULL, NULL, 1, NULL), CREEL_EINVAL),
		/* completions.h */
		ROW(creel_as_completed(NULL, 1) != NULL, false),
		ROW(LAST_CODE(creel_completions_destroy(creel_as_completed(NULL, 1))),
			CREEL_EINVAL),
		ROW(creel_completions_add(NULL, f, NULL), CREEL_EINVAL),
		ROW(creel_completions_add(queue, NULL, NULL), CREEL_EINVAL),
		ROW(creel_completions_close(NULL), CREEL_EINVAL),
		ROW(creel_completions_next(NULL, 0, &out), CREEL_EINVAL),
		ROW(creel_completions_next(queue, 0, NULL), CREEL_EINVAL),
		ROW(creel_completions_pending(NULL), 0),
		ROW(creel_dump(NULL), CREEL_EINVAL),
		/* testing.h */
		ROW(creel_clock_advance(-1), CREEL_EINVAL),
		ROW(creel_clock_advance(0), CREEL_ESTATE),
		ROW(creel_clock_resume(), CREEL_ESTATE),
		ROW(creel_clock_is_paused(), false),
		ROW(creel_clock_sleepers(), 0),
		/* future.h */
		ROW(creel_future_set_result(NULL, NULL), CREEL_EINVAL),
		ROW(creel_future_set_error(NULL, 1, NULL), CREEL_EINVAL),
		ROW((creel_future_set_error)(NULL, 1, "x"), CREEL_EINVAL),
		ROW(creel_future_set_error_at(NULL, 0, NULL, 1, "x"), CREEL_EINVAL),
		ROW(creel_future_done(NULL), false),
		ROW(creel_future_status(NULL), CREEL_EINVAL),
		ROW(creel_future_result(NULL, &value), CREEL_EINVAL),
		ROW(creel_future_error(NULL) != NULL, false),
		ROW(creel_future_cancel(NULL), CREEL_CANCEL_TOO_LATE),
		ROW(creel_future_cancel_because(NULL, "x"), CREEL_CANCEL_TOO_LATE),
		ROW(creel_future_on_done(NULL, count_call, &calls), CREEL_EINVAL),
		ROW(creel_future_on_done(f, NULL, &calls), CREEL_EINVAL),
		ROW(creel_future_remove_on_done(NULL, count_call, &calls), 0),
		ROW(creel_future_remove_on_done(f, NULL, &calls), 0),
		ROW(creel_future_ref(NULL) != NULL, false),
		/* memory.h, after first use */
		ROW(creel_set_allocator(NULL), CREEL_ESTATE),
		ROW(creel_set_allocator(&(creel_allocator){0}), CREEL_EINVAL),
		ROW(creel_set_reuse(true), CREEL_ESTATE),
		/* pool.h */
		ROW(creel_pool_size(NULL), 0),
		ROW(creel_pool_resize(NULL, 1), CREEL_EINVAL),
		ROW(creel_pool_resize(pool, 0), CREEL_EINVAL),
		ROW(creel_pool_resize(pool, 2), CREEL_EINVAL),
		ROW(creel_pool_wait_idle(NULL, 0), CREEL_EINVAL),
		ROW(creel_pool_shutdown(NULL, CREEL_SHUTDOWN_DRAIN, 0), CREEL_EINVAL),
		/* stats.h: more in pool/test_stats.c */
		ROW(creel_pool_stats(NULL, NULL), CREEL_EINVAL),
		ROW(creel_pool_stats(NULL, &(creel_pool_statistics)CREEL_POOL_STATISTICS_INIT),
			CREEL_EINVAL),
		ROW(creel_pool_stats(pool, NULL), CREEL_EINVAL),
		ROW(creel_pool_stats(pool, &(creel_pool_statistics){0}), CREEL_EINVAL),
		/* serial.h: more in async/test_serial.c */
		ROW(LAST_CODE(creel_serial_create(NULL) != NULL), CREEL_EINVAL),
		ROW(creel_serial_create(NULL) != NULL, false),
		ROW(code_of(creel_serial_submit(NULL, pass, NULL)), CREEL_EINVAL),
		ROW(code_of(creel_serial_submit(serial, NULL, NULL)), CREEL_EINVAL),
		ROW(code_of(creel_serial_submit_with(NULL, NULL, pass, NULL)), CREEL_EINVAL),
		ROW(creel_serial_post(NULL, pass, NULL), CREEL_EINVAL),
		ROW(creel_serial_post(serial, NULL, NULL), CREEL_EINVAL),
		/* context.h: more in task/test_context_drops.c */
		ROW(creel_context_set(NULL, NULL), CREEL_EINVAL),
		ROW(creel_context_set(NULL, &calls), CREEL_EINVAL),
		ROW(LAST_CODE(creel_context_get(NULL)), CREEL_EINVAL),
		ROW(creel_context_get(NULL) != NULL, false),
		/* scope.h: more in task/test_scope.c */
		ROW(creel_scope_enter(NULL, 0), CREEL_EINVAL),
		ROW(creel_scope_enter_at(NULL, 0), CREEL_EINVAL),
		ROW(creel_scope_enter_shielded(NULL, 0), CREEL_EINVAL),
		ROW(creel_scope_leave(NULL), CREEL_EINVAL),
		ROW(creel_scope_reschedule(NULL, 0), CREEL_EINVAL),
		ROW(creel_scope_reschedule_at(NULL, 0), CREEL_EINVAL),
		ROW(creel_scope_cancel(NULL, NULL), CREEL_EINVAL),
		ROW(creel_scope_deadline(NULL), INT64_MAX),
		ROW(creel_scope_expired(NULL), false),
		/* task.h */
		ROW(code_of(creel_submit(NULL, pass, NULL)), CREEL_EINVAL),
		ROW(code_of(creel_submit(pool, NULL, NULL)), CREEL_EINVAL),
		ROW(code_of(creel_submit_with(NULL, NULL, pass, NULL)), CREEL_EINVAL),
		ROW(code_of(creel_submit_with(pool, NULL, NULL, NULL)), CREEL_EINVAL),
		ROW(code_of(creel_try_submit(NULL, pass, NULL)), CREEL_EINVAL),
		ROW(code_of(creel_try_submit(pool, NULL, NULL)), CREEL_EINVAL),
		ROW(submit_many_refused(NULL, pass), CREEL_EINVAL),
		ROW(submit_many_refused(pool, NULL), CREEL_EINVAL),
		ROW(creel_submit_many(NULL, pass, NULL, 1, NULL), CREEL_EINVAL),
		ROW(creel_post(NULL, pass, NULL), CREEL_EINVAL),
		ROW(creel_post(pool, NULL, NULL), CREEL_EINVAL),
		ROW(creel_pool_run(NULL, pass, NULL, &value), CREEL_EFAILED),
		ROW(LAST_CODE(creel_pool_run(NULL, pass, NULL, NULL)), CREEL_EINVAL),
		ROW(creel_pool_run(pool, NULL, NULL, &value), CREEL_EFAILED),
		ROW(LAST_CODE(creel_fail(3, NULL)), 3),
		ROW(LAST_CODE((creel_fail)(3, NULL)), 3),
		ROW(LAST_CODE(creel_fail_at(NULL, 0, 3, NULL)), 3),
	};

	creel_future_unref(NULL);
	creel_futures_unref(NULL, 0);
	creel_futures_unref((creel_future *[2]){NULL, NULL}, 2);
	creel_completions_destroy(NULL);
	creel_pool_destroy(NULL);
	creel_serial_destroy(NULL);
	creel_free(NULL);
	creel_set_unhandled(NULL, NULL);

	ck_assert_str_eq(table_wrong(rows, sizeof rows), "");
	ck_assert_ptr_null(value);
	ck_assert_int_eq(calls, 0);
	ck_assert_uint_eq(creel_completions_pending(queue), 0);
	ck_assert(!creel_future_done(f));
	creel_future_unref(f);
	creel_serial_destroy(serial);
	creel_completions_destroy(queue);
	creel_pool_destroy(pool);
}
END_TEST

/* NULL where nothing is wanted is fine. */
START_TEST(null_is_allowed)
{
	creel_pool *pool = creel_pool_create(NULL);
	creel_future *f = creel_future_create(), *failed = creel_future_create();
	creel_completions *queue = creel_completions_create();
	creel_completion out = {0};

	creel_future_set_result(f, NULL);
	creel_future_set_error(failed, 1, NULL);
	const row rows[] = {
		ROW(creel_await(f, NULL), CREEL_OK),
		ROW(creel_await_for(f, 0, NULL), CREEL_OK),
		ROW(creel_wait_for(f, 0, NULL), CREEL_OK),
		ROW(creel_future_result(f, NULL), CREEL_OK),
		ROW(creel_future_error(failed)->message[0], '\0'),
		ROW(code_of(creel_submit_with(pool, NULL, pass, NULL)), 0),
		ROW(creel_submit_many(pool, pass, NULL, MANY, NULL), CREEL_OK),
		ROW(creel_submit_many(pool, pass, NULL, 0, NULL), CREEL_OK),
		ROW(creel_post(pool, pass, NULL), CREEL_OK),
		ROW(creel_pool_run(pool, pass, NULL, NULL), CREEL_OK),
		ROW(creel_completions_add(queue, f, NULL), CREEL_OK),
		ROW(creel_take(creel_future_ref(f), NULL), CREEL_OK),
	};
	ck_assert_str_eq(table_wrong(rows, sizeof rows), "");
	ck_assert_int_eq(creel_completions_next(queue, 0, &out), CREEL_OK);
	creel_future_unref(out.future);
	creel_future_unref(f);
	creel_future_unref(failed);
	creel_completions_destroy(queue);
	creel_pool_destroy(pool);
}
END_TEST

/* Also where the answer is there already; and nothing is begun, taken or let go of. */
START_TEST(negative_durations)
{
	static const creel_duration negative[] = {-1, -CREEL_SECONDS(1), INT64_MIN};
	creel_pool *pool = pool_of(1);
	creel_future *pending = creel_future_create(), *done = creel_future_create();
	creel_completions *queue = creel_as_completed(&done, 1);
	creel_scope scope = CREEL_SCOPE_INIT, entered = CREEL_SCOPE_INIT;
	creel_completion out;
	void *value = &out;

	creel_scope_enter(&entered, CREEL_FOREVER);
	creel_future_set_result(done, NULL);
	for (size_t i = 0; i < sizeof negative / sizeof *negative; i++) {
		const creel_duration t = negative[i];
		const row rows[] = {
			ROW(creel_await_for(pending, t, &value), CREEL_EINVAL),
			ROW(creel_await_for(done, t, &value), CREEL_EINVAL),
			ROW(creel_wait_for(pending, t, &value), CREEL_EINVAL),
			ROW(creel_wait_for(done, t, &value), CREEL_EINVAL),
			ROW(creel_sleep(t), CREEL_EINVAL),
			ROW(creel_completions_next(queue, t, &out), CREEL_EINVAL),
			ROW(creel_scope_enter(&scope, t), CREEL_EINVAL),
			ROW(creel_scope_enter_shielded(&scope, t), CREEL_EINVAL),
			ROW(creel_scope_reschedule(&entered, t), CREEL_EINVAL),
			ROW(creel_pool_wait_idle(pool, t), CREEL_EINVAL),
			ROW(creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_ALL, t), CREEL_EINVAL),
			ROW(creel_last_error()->code, CREEL_EINVAL),
		};

		ck_assert_str_eq(table_wrong(rows, sizeof rows), "");
	}
	ck_assert_ptr_eq(value, &out);
	ck_assert_int_eq(creel_future_status(pending), CREEL_EPENDING);
	ck_assert_uint_eq(creel_completions_pending(queue), 1);
	ck_assert_int_eq(creel_pool_run(pool, pass, NULL, NULL), CREEL_OK); /* it is open */
	ck_assert_int_eq(creel_scope_leave(&entered), CREEL_OK);
	creel_completions_destroy(queue);
	creel_pool_destroy(pool);
	creel_future_unref(pending);
	creel_future_unref(done);
}
END_TEST

START_TEST(zero_durations)
{
	gate g = GATE_INIT;
	creel_pool *busy = pool_of(1), *idle = pool_of(1);
	creel_future *task = creel_submit(busy, gate_task, &g), *pending = creel_future_create();
	creel_future *cancelled = creel_future_create();
	creel_completions *queue = creel_as_completed(&pending, 1);
	creel_completion out;

	gate_await_arrivals(&g, 1);
	const row rows[] = {
		ROW(creel_await_for(pending, 0, NULL), CREEL_ETIMEDOUT),
		ROW(creel_await_for(task, 0, NULL), CREEL_ETIMEDOUT),
		ROW(creel_wait_for(cancelled, 0, NULL), CREEL_ETIMEDOUT),
		ROW(creel_sleep(0), CREEL_OK),
		ROW(creel_completions_next(queue, 0, &out), CREEL_ETIMEDOUT),
		ROW(creel_pool_wait_idle(busy, 0), CREEL_ETIMEDOUT),
		ROW(creel_pool_wait_idle(idle, 0), CREEL_OK),
		ROW(creel_pool_shutdown(busy, CREEL_SHUTDOWN_DRAIN, 0), CREEL_ETIMEDOUT),
		ROW(creel_pool_shutdown(idle, CREEL_SHUTDOWN_DRAIN, 0), CREEL_OK),
	};
	ck_assert_str_eq(table_wrong(rows, sizeof rows), "");
	ck_assert_int_eq(creel_future_status(pending), CREEL_EPENDING);
	ck_assert_int_eq(creel_future_status(cancelled), CREEL_ECANCELLED);
	gate_open(&g);
	creel_completions_destroy(queue);
	creel_pool_destroy(busy);
	creel_pool_destroy(idle);
	creel_future_unref(task);
	creel_future_unref(pending);
	creel_future_unref(cancelled);
}
END_TEST

static creel_status
next_never(void *source, creel_stream_input *out)
{
	(void)source;
	(void)out;
	return CREEL_EEMPTY;
}

/* stream.h; more of the options in conformance/test_executor_map.c. */
START_TEST(streams)
{
	creel_pool *pool = pool_of(1);
	creel_stream *stream = creel_stream_map(pool, next_never, NULL, pass, NULL);
	creel_stream_count count;
	creel_stream_item item;
	const row rows[] = {
		ROW(LAST_CODE(creel_stream_destroy(
			    creel_stream_map(NULL, next_never, NULL, pass, NULL))),
			CREEL_EINVAL),
		ROW(LAST_CODE(creel_stream_destroy(creel_stream_map(pool, NULL, NULL, pass, NULL))),
			CREEL_EINVAL),
		ROW(LAST_CODE(creel_stream_destroy(
			    creel_stream_map(pool, next_never, NULL, NULL, NULL))),
			CREEL_EINVAL),
		ROW(creel_stream_then(NULL, pool, pass, NULL) != NULL, false),
		ROW(creel_stream_next(NULL, 0, &item), CREEL_EINVAL),
		ROW(creel_stream_next(stream, 0, NULL), CREEL_EINVAL),
		ROW(creel_stream_next(stream, -1, &item), CREEL_EINVAL),
		ROW(creel_stream_run(NULL, NULL, NULL), CREEL_EINVAL),
		ROW(creel_stream_counts(NULL, &count), CREEL_EINVAL),
		ROW(creel_stream_counts(stream, NULL), CREEL_EINVAL),
		ROW(creel_stream_cancel(NULL), CREEL_EINVAL),
		ROW(creel_stream_run(stream, NULL, NULL), CREEL_OK),
	};

	creel_stream_destroy(NULL);
	ck_assert_str_eq(table_wrong(rows, sizeof rows), "");
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(wrong_numbers)
{
	creel_pool *pool = pool_of(1);

	const row rows[] = {
		ROW(creel_pool_shutdown(pool, (creel_shutdown_mode)3, 0), CREEL_EINVAL),
		ROW(creel_pool_shutdown(pool, (creel_shutdown_mode)-1, 0), CREEL_EINVAL),
		ROW(creel_status_name((creel_status)1)[0], 'u'), /* unknown */
		ROW(creel_status_name((creel_status)-1)[0], 'u'),
		ROW(creel_status_text((creel_status)10016)[0], 'u'),
	};
	ck_assert_str_eq(table_wrong(rows, sizeof rows), "");
	ck_assert_int_eq(creel_pool_run(pool, pass, NULL, NULL), CREEL_OK); /* it is open */
	creel_pool_destroy(pool);
}
END_TEST

/* Off tasks and pools. */
START_TEST(nowhere)
{
	const row rows[] = {
		ROW(creel_worker_index(), -1),
		ROW(creel_current_pool() != NULL, false),
		ROW(creel_current() != NULL, false),
		ROW(creel_cancel_requested(), false),
		ROW(creel_checkpoint(), CREEL_OK),
		ROW(creel_last_error() != NULL, true),
		ROW(creel_last_error()->code, CREEL_OK),
		ROW(creel_now() > 0, true),
		ROW(creel_version(), CREEL_VERSION_NUM),
		ROW(creel_set_allocator(NULL), CREEL_OK), /* before first use */
		ROW(creel_set_reuse(true), CREEL_OK),
	};

	ck_assert_int_eq(creel_set_allocator(&(creel_allocator){0}), CREEL_EINVAL);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	creel_no_suspend_leave();
	ck_assert_int_eq(creel_sleep(1), CREEL_OK);
	ck_assert_str_eq(table_wrong(rows, sizeof rows), "");
}
END_TEST

/* 3.16 "25. closure destructor count": once for each refused submission, when it returns */
START_TEST(refusals_drop_the_argument)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	creel_pool *pool = pool_of(1);
	int drops = 0;

	options.arg_drop = count_drop;
	ck_assert_int_eq(code_of(creel_submit_with(NULL, &options, pass, &drops)), CREEL_EINVAL);
	ck_assert_int_eq(drops, 1);
	ck_assert_int_eq(code_of(creel_submit_with(pool, &options, NULL, &drops)), CREEL_EINVAL);
	ck_assert_int_eq(drops, 2);
	creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, 0);
	ck_assert_int_eq(code_of(creel_submit_with(pool, &options, pass, &drops)), CREEL_ECLOSED);
	ck_assert_int_eq(drops, 3);
	creel_pool_destroy(pool);
}
END_TEST

static void
never_called(void *arg)
{
	++*(int *)arg;
}

/* loop.h, run.h, and of task.h what concerns loops. */
START_TEST(loops)
{
	creel_loop_options options = CREEL_LOOP_OPTIONS_INIT;
	creel_future *f = creel_future_create();
	creel_loop *loop;
	int calls = 0;

	options.flags = CREEL_LOOP_NO_THREAD;
	loop = creel_loop_create(&options);
	const row rows[] = {
		ROW(creel_loop_run_once(NULL, 0), CREEL_EINVAL),
		ROW(creel_loop_run_once(loop, -1), CREEL_EINVAL),
		ROW(creel_loop_close(NULL, 0), CREEL_EINVAL),
		ROW(creel_loop_close(loop, INT64_MIN), CREEL_EINVAL),
		ROW(creel_call_soon(NULL, never_called, &calls, NULL), CREEL_EINVAL),
		ROW(creel_call_soon(loop, NULL, &calls, NULL), CREEL_EINVAL),
		ROW(creel_call_soon_threadsafe(NULL, never_called, &calls, NULL), CREEL_EINVAL),
		ROW(creel_call_soon_threadsafe(loop, NULL, &calls, NULL), CREEL_EINVAL),
		ROW(creel_call_later(NULL, 0, never_called, &calls, NULL), CREEL_EINVAL),
		ROW(creel_call_later(loop, 0, NULL, &calls, NULL), CREEL_EINVAL),
		ROW(creel_call_later(loop, -1, never_called, &calls, NULL), CREEL_EINVAL),
		ROW(creel_call_at(NULL, 0, never_called, &calls, NULL), CREEL_EINVAL),
		ROW(creel_call_at(loop, 0, NULL, &calls, NULL), CREEL_EINVAL),
		ROW(creel_handle_cancel(NULL), false),
		ROW(creel_loop_on_done(NULL, f, count_call, &calls), CREEL_EINVAL),
		ROW(creel_loop_on_done(loop, NULL, count_call, &calls), CREEL_EINVAL),
		ROW(creel_loop_on_done(loop, f, NULL, &calls), CREEL_EINVAL),
		ROW(code_of(creel_loop_then(NULL, f, pass_on, NULL)), CREEL_EINVAL),
		ROW(code_of(creel_loop_then(loop, NULL, pass_on, NULL)), CREEL_EINVAL),
		ROW(code_of(creel_loop_then(loop, f, NULL, NULL)), CREEL_EINVAL),
		ROW(code_of(creel_loop_then_with(NULL, f, NULL, pass_on, NULL)), CREEL_EINVAL),
		ROW(creel_loop_on_slow(NULL, 0, NULL, NULL), CREEL_EINVAL),
		ROW(creel_loop_on_slow(loop, -1, NULL, NULL), CREEL_EINVAL),
		ROW(creel_loop_on_error(NULL, NULL, NULL), CREEL_EINVAL),
		ROW(code_of(creel_create_task(NULL, NULL)), CREEL_EWRONGTHREAD),
		ROW(code_of(creel_loop_submit(NULL, pass, NULL)), CREEL_EINVAL),
		ROW(code_of(creel_loop_submit(loop, NULL, NULL)), CREEL_EINVAL),
		ROW(code_of(creel_to_thread(NULL, NULL)), CREEL_EINVAL),
		ROW(creel_run(NULL, NULL, NULL), CREEL_EINVAL),
		ROW(creel_run_with(NULL, NULL, NULL, NULL), CREEL_EINVAL),
	};

	creel_loop_destroy(NULL);
	creel_handle_unref(NULL);
	ck_assert_str_eq(table_wrong(rows, sizeof rows), "");
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_ETIMEDOUT);
	ck_assert_int_eq(calls, 0);
	creel_future_unref(f);
	creel_loop_destroy(loop);
}
END_TEST

/* io.h; more in loop/test_readers.c, test_signals.c, test_embed.c, task/test_wait_fd.c. */
START_TEST(io)
{
	creel_loop *loop = creel_loop_create(NULL);
	const row rows[] = {
		ROW(creel_wait_fd(-1, CREEL_READABLE, CREEL_FOREVER), CREEL_EINVAL),
		ROW(creel_wait_fd(0, 0, CREEL_FOREVER), CREEL_EINVAL),
		ROW(creel_wait_fd(0, ~0u, CREEL_FOREVER), CREEL_EINVAL),
		ROW(creel_wait_fd(0, CREEL_READABLE, -1), CREEL_EINVAL),
		ROW(creel_loop_add_reader(NULL, 0, never_called, NULL), CREEL_EINVAL),
		ROW(creel_loop_add_reader(loop, 0, NULL, NULL), CREEL_EINVAL),
		ROW(creel_loop_add_reader(loop, 0, never_called, NULL), CREEL_EWRONGTHREAD),
		ROW(creel_loop_add_writer(NULL, 0, never_called, NULL), CREEL_EINVAL),
		ROW(creel_loop_add_writer(loop, 0, NULL, NULL), CREEL_EINVAL),
		ROW(creel_loop_add_writer(loop, 0, never_called, NULL), CREEL_EWRONGTHREAD),
		ROW(LAST_CODE(creel_loop_remove_reader(NULL, 0)), CREEL_EINVAL),
		ROW(LAST_CODE(creel_loop_remove_writer(loop, 0)), CREEL_EWRONGTHREAD),
		ROW(creel_loop_add_signal(NULL, 1, never_called, NULL), CREEL_EINVAL),
		ROW(creel_loop_add_signal(loop, 1, NULL, NULL), CREEL_EINVAL),
		ROW(creel_loop_add_signal(loop, 1, never_called, NULL), CREEL_EWRONGTHREAD),
		ROW(LAST_CODE(creel_loop_remove_signal(NULL, 1)), CREEL_EINVAL),
		ROW(LAST_CODE(creel_loop_remove_signal(loop, 1)), CREEL_EWRONGTHREAD),
		ROW(LAST_CODE(creel_loop_fd(NULL)), CREEL_EINVAL),
		ROW(LAST_CODE(creel_loop_fd(loop)), CREEL_ESTATE),
	};

	ck_assert_str_eq(table_wrong(rows, sizeof rows), "");
	creel_loop_destroy(loop);
}
END_TEST

CREEL_SUITE("creel.faults.bad_input", null, null_is_allowed, negative_durations, zero_durations,
	streams, wrong_numbers, nowhere, refusals_drop_the_argument, loops, io)
