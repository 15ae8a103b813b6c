/* SPDX-License-Identifier: MIT */
/* test_dead_objects.c: every public function on what is shut down, closed, or inherited by a
 * fork. */
#include "faults/table.h"
#include "support/child.h"
#include "support/coverage.h"
#include "support/gate.h"
#include "support/pools.h"
#include "support/suite.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

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

#define MANY 3

/* creel_submit_many() that is refused: its status, or -1 if a future is missing or has another
 * code. */
static int
submit_many_refused(creel_pool *pool)
{
	creel_future *out[MANY] = {NULL};
	creel_status status = creel_submit_many(pool, pass, NULL, MANY, out);
	int result = (int)status;

	for (int i = 0; i < MANY; i++)
		if (code_of(out[i]) != (int)status)
			result = -1;
	return result;
}

static int
submit_dropping(creel_pool *pool, int *drops)
{
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;

	options.arg_drop = count_drop;
	return code_of(creel_submit_with(pool, &options, pass, drops));
}

/* 3.4 "run_after_shutdown": ECLOSED, by every way to submit, after every mode of shutdown */
START_TEST(after_shutdown)
{
	for (int mode = CREEL_SHUTDOWN_DRAIN; mode <= CREEL_SHUTDOWN_CANCEL_ALL; mode++) {
		creel_pool *pool = pool_of(2);
		creel_future *before = creel_submit(pool, pass, &mode);
		void *value = NULL;
		int drops = 0;

		creel_await(before, NULL);
		ck_assert_int_eq(
			creel_pool_shutdown(pool, (creel_shutdown_mode)mode, CREEL_FOREVER),
			CREEL_OK);
		const row rows[] = {
			ROW(code_of(creel_submit(pool, pass, NULL)), CREEL_ECLOSED),
			ROW(code_of(creel_try_submit(pool, pass, NULL)), CREEL_ECLOSED),
			ROW(submit_dropping(pool, &drops), CREEL_ECLOSED),
			ROW(submit_many_refused(pool), CREEL_ECLOSED),
			ROW(creel_submit_many(pool, pass, NULL, MANY, NULL), CREEL_ECLOSED),
			ROW(creel_post(pool, pass, NULL), CREEL_ECLOSED),
			ROW(creel_pool_run(pool, pass, NULL, &value), CREEL_EFAILED),
			ROW(LAST_CODE(creel_pool_run(pool, pass, NULL, NULL)), CREEL_ECLOSED),
			ROW(code_of(creel_submit(pool, NULL, NULL)), CREEL_EINVAL),
			ROW(code_of(creel_then(pool, before, pass_on, NULL)), CREEL_ECLOSED),
			ROW(creel_pool_size(pool), 2),
			ROW(creel_pool_resize(pool, 1), CREEL_ECLOSED),
			ROW(creel_pool_resize(pool, 3), CREEL_EINVAL),
			ROW(creel_pool_wait_idle(pool, 0), CREEL_OK),
			ROW(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK),
			ROW(creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, 0), CREEL_OK),
			ROW(creel_pool_shutdown(pool, CREEL_SHUTDOWN_CANCEL_ALL, CREEL_FOREVER),
				CREEL_OK),
		};
		ck_assert_str_eq(table_wrong(rows, sizeof rows), "");
		ck_assert_int_eq(drops, 1);
		ck_assert_ptr_null(value);
		creel_pool_destroy(pool);
		ck_assert_int_eq(creel_take(before, &value), CREEL_OK); /* outlives its pool */
		ck_assert_ptr_eq(value, &mode);
	}
}
END_TEST

/* What the child of a fork inherits. */
typedef struct estate {
	creel_pool *pool; /* with a running and a queued task */
	creel_future *running, *queued;
	creel_future *pending, *done, *failed; /* promises */
	creel_completions *queue, *closed;
	creel_stream *stream, *pipeline; /* whose hands are queued */
	atomic_int waiting;              /* threads that will not allocate any more */
	int calls;
} estate;

static void
expect_table(const row rows[], size_t size)
{
	const char *wrong = table_wrong(rows, size);

	if (wrong[0] != '\0') {
		fputs(wrong, stderr);
		leave(CHILD_FAILED);
	}
}

static void
futures_in_child(void *arg)
{
	estate *e = arg;
	creel_future *const pending[] = {e->pending, e->running, e->queued};

	for (size_t i = 0; i < 3; i++) {
		creel_future *f = pending[i];
		void *value = e;
		const row rows[] = {
			ROW(creel_future_done(f), false),
			ROW(creel_future_status(f), CREEL_EPENDING),
			ROW(creel_future_result(f, &value), CREEL_EPENDING),
			ROW(creel_future_error(f) != NULL, false),
			ROW(creel_future_cancel(f), CREEL_CANCEL_TOO_LATE),
			ROW(creel_future_cancel_because(f, "x"), CREEL_CANCEL_TOO_LATE),
			ROW(creel_future_set_result(f, NULL),
				i == 0 ? CREEL_ECLOSED : CREEL_ESTATE),
			ROW(creel_future_set_error(f, 1, "x"),
				i == 0 ? CREEL_ECLOSED : CREEL_ESTATE),
			ROW(creel_future_on_done(f, count_call, &e->calls), CREEL_ECLOSED),
			ROW(creel_future_remove_on_done(f, count_call, &e->calls), 0),
			ROW(creel_await(f, &value), CREEL_ECLOSED),
			ROW(creel_await_for(f, 0, &value), CREEL_ECLOSED),
			ROW(creel_await_for(f, 1, &value), CREEL_ECLOSED),
			ROW(creel_wait_for(f, 1, &value), CREEL_ECLOSED),
			ROW(creel_take(creel_future_ref(f), &value), CREEL_ECLOSED),
		};

		expect_table(rows, sizeof rows);
		child_expect(value == e);
		creel_future_unref(f);
	}
	child_expect(e->calls == 0);
}

static void
done_futures_in_child(void *arg)
{
	estate *e = arg;
	void *value = NULL;
	const row rows[] = {
		ROW(creel_await(e->done, &value), CREEL_OK),
		ROW(creel_await_for(e->failed, 0, NULL), CREEL_EFAILED),
		ROW(creel_future_error(e->failed)->code, 7),
		ROW(creel_future_set_result(e->done, NULL), CREEL_ESTATE),
		ROW(creel_future_cancel(e->done), CREEL_CANCEL_TOO_LATE),
		ROW(creel_future_on_done(e->done, count_call, &e->calls), CREEL_OK),
	};

	expect_table(rows, sizeof rows);
	child_expect(value == e && e->calls == 1);
	child_expect(creel_take(e->done, NULL) == CREEL_OK);
	creel_future_unref(e->failed);
}

static void
pool_in_child(void *arg)
{
	estate *e = arg;
	int drops = 0;
	const row rows[] = {
		ROW(code_of(creel_submit(e->pool, pass, NULL)), CREEL_ECLOSED),
		ROW(code_of(creel_try_submit(e->pool, pass, NULL)), CREEL_ECLOSED),
		ROW(submit_dropping(e->pool, &drops), CREEL_ECLOSED),
		ROW(submit_many_refused(e->pool), CREEL_ECLOSED),
		ROW(creel_post(e->pool, pass, NULL), CREEL_ECLOSED),
		ROW(creel_pool_run(e->pool, pass, NULL, NULL), CREEL_EFAILED),
		ROW(LAST_CODE(creel_pool_run(e->pool, pass, NULL, NULL)), CREEL_ECLOSED),
		ROW(code_of(creel_then(e->pool, e->done, pass_on, NULL)), CREEL_ECLOSED),
		ROW(creel_pool_resize(e->pool, 1), CREEL_ECLOSED),
		ROW(creel_pool_resize(e->pool, 0), CREEL_EINVAL),
		ROW(creel_pool_wait_idle(e->pool, 0), CREEL_ECLOSED),
		ROW(creel_pool_wait_idle(e->pool, CREEL_FOREVER), CREEL_ECLOSED),
		ROW(creel_pool_shutdown(e->pool, CREEL_SHUTDOWN_CANCEL_ALL, CREEL_FOREVER),
			CREEL_ECLOSED),
		ROW(creel_pool_size(e->pool), 1),
		ROW(creel_pool_wait_idle(e->pool, -1), CREEL_EINVAL),
		ROW(code_of(creel_submit(e->pool, NULL, NULL)), CREEL_EINVAL),
	};

	expect_table(rows, sizeof rows);
	child_expect(drops == 1);
	creel_pool_destroy(e->pool);
}

static void
queues_in_child(void *arg)
{
	estate *e = arg;
	creel_completions *mine = creel_completions_create();
	creel_completion out;
	const row rows[] = {
		ROW(creel_completions_add(e->queue, e->done, NULL), CREEL_ECLOSED),
		ROW(creel_completions_close(e->queue), CREEL_ECLOSED),
		ROW(creel_completions_next(e->queue, 0, &out), CREEL_ECLOSED),
		ROW(creel_completions_next(e->queue, CREEL_FOREVER, &out), CREEL_ECLOSED),
		ROW(creel_completions_pending(e->queue), 0),
		ROW(creel_completions_next(e->closed, CREEL_FOREVER, &out), CREEL_ECLOSED),
		/* queues of the child's own */
		ROW(creel_completions_add(mine, e->pending, NULL), CREEL_ECLOSED),
		ROW(creel_completions_add(mine, e->queued, NULL), CREEL_ECLOSED),
		ROW(creel_as_completed(&e->pending, 1) != NULL, false),
		ROW(creel_completions_add(mine, e->done, e), CREEL_OK),
	};

	expect_table(rows, sizeof rows);
	child_expect(creel_completions_pending(mine) == 1);
	child_expect(creel_completions_next(mine, CREEL_FOREVER, &out) == CREEL_OK);
	child_expect(out.future == e->done && out.tag == e);
	creel_future_unref(out.future);
	creel_completions_destroy(mine);
	creel_completions_destroy(e->queue);
	creel_completions_destroy(e->closed);
}

static creel_status
next_never(void *source, creel_stream_input *out)
{
	(void)source;
	(void)out;
	return CREEL_EEMPTY;
}

static void
streams_in_child(void *arg)
{
	estate *e = arg;
	creel_stream_count count;
	creel_stream_item item;
	const row rows[] = {
		ROW(creel_stream_next(e->stream, 0, &item), CREEL_ECLOSED),
		ROW(creel_stream_next(e->stream, CREEL_FOREVER, &item), CREEL_ECLOSED),
		ROW(creel_stream_run(e->pipeline, NULL, NULL), CREEL_ECLOSED),
		ROW(creel_stream_counts(e->stream, &count), CREEL_ECLOSED),
		ROW(creel_stream_cancel(e->pipeline), CREEL_ECLOSED),
		ROW(LAST_CODE(creel_stream_destroy(
			    creel_stream_map(e->pool, next_never, NULL, pass, NULL))),
			CREEL_ECLOSED),
		ROW(LAST_CODE(
			    creel_stream_destroy(creel_stream_then(e->pipeline, NULL, pass, NULL))),
			CREEL_ECLOSED), /* and that took it over */
	};

	expect_table(rows, sizeof rows);
	creel_stream_destroy(e->stream);
}

/* All that is new works in the child as anywhere. */
static void
new_objects_in_child(void *arg)
{
	creel_pool *pool = pool_of(2);
	creel_future *f = creel_future_create(), *task;
	creel_completions *queue;
	creel_completion out;
	void *value = NULL;

	child_expect(pool != NULL);
	child_expect(creel_pool_run(pool, pass, arg, &value) == CREEL_OK && value == arg);
	task = creel_submit(pool, pass, arg);
	queue = creel_as_completed(&task, 1);
	child_expect(creel_completions_next(queue, CREEL_FOREVER, &out) == CREEL_OK);
	child_expect(creel_take(out.future, &value) == CREEL_OK);
	child_expect(creel_future_set_result(f, NULL) == CREEL_OK);
	child_expect(creel_sleep(1) == CREEL_OK);
	creel_completions_destroy(queue);
	creel_future_unref(task);
	creel_future_unref(f);
	creel_pool_destroy(pool);
}

/* The allocator of AddressSanitizer does not survive a fork while another thread is inside. So a thread
 * that is to wait meanwhile first has all that it needs: the wait itself allocates nothing more. */
static void
will_wait(estate *e)
{
	creel_sleep(1);
	atomic_fetch_add(&e->waiting, 1);
}

static void *
await_pending(void *arg)
{
	will_wait(arg);
	creel_await(((estate *)arg)->pending, NULL);
	return NULL;
}

static void *
consume(void *arg)
{
	creel_completion out;

	will_wait(arg);
	creel_completions_next(((estate *)arg)->queue, CREEL_FOREVER, &out);
	return NULL;
}

/* Play a scene in the child of a process with busy objects, and see that the parent's are not
 * hurt. */
static void
inherit(void (*scene)(void *))
{
	gate g = GATE_INIT;
	estate e = {.pool = pool_of(1), .queue = creel_completions_create()};
	pthread_t waiter, consumer;
	int status;

	e.pending = creel_future_create();
	e.done = creel_future_create();
	e.failed = creel_future_create();
	e.running = creel_submit(e.pool, gate_task, &g);
	e.queued = creel_submit(e.pool, pass, NULL);
	e.closed = creel_as_completed(NULL, 0);
	e.stream = creel_stream_map(e.pool, next_never, NULL, pass, NULL);
	e.pipeline = creel_stream_then(
		creel_stream_map(e.pool, next_never, NULL, pass, NULL), NULL, pass, NULL);
	creel_completions_add(e.queue, e.pending, NULL);
	creel_future_set_result(e.done, &e);
	creel_future_set_error(e.failed, 7, "before the fork");
	pthread_create(&waiter, NULL, await_pending, &e);
	pthread_create(&consumer, NULL, consume, &e);
	gate_await_arrivals(&g, 1);
	while (atomic_load(&e.waiting) < 2)
		sched_yield();

	status = child_run(scene, &e);
	ck_assert_msg(child_exited_with(status, 0), "the child has ended with status %#x", status);

	ck_assert_int_eq(creel_future_set_result(e.pending, NULL), CREEL_OK);
	pthread_join(waiter, NULL);
	pthread_join(consumer, NULL);
	gate_open(&g);
	ck_assert_int_eq(creel_take(e.running, NULL), CREEL_OK);
	ck_assert_int_eq(creel_take(e.queued, NULL), CREEL_OK);
	creel_completions_destroy(e.queue);
	creel_completions_destroy(e.closed);
	creel_stream_destroy(e.stream);
	creel_stream_destroy(e.pipeline);
	creel_pool_destroy(e.pool);
	creel_future_unref(e.pending); /* the consumer's reference */
	creel_future_unref(e.pending);
	creel_future_unref(e.done);
	ck_assert_int_eq(creel_take(e.failed, NULL), CREEL_EFAILED);
}

/* 3.16 "16. fork with queued+running jobs": in the child their futures stay pending, and say so */
START_TEST(futures_after_fork)
{
	inherit(futures_in_child);
}
END_TEST

START_TEST(done_futures_after_fork)
{
	inherit(done_futures_in_child);
}
END_TEST

/* 3.16 "16. fork with queued+running jobs": in the child its pool is closed to every call */
START_TEST(pool_after_fork)
{
	inherit(pool_in_child);
}
END_TEST

START_TEST(queues_after_fork)
{
	inherit(queues_in_child);
}
END_TEST

START_TEST(streams_after_fork)
{
	inherit(streams_in_child);
}
END_TEST

START_TEST(new_objects_after_fork)
{
	inherit(new_objects_in_child);
}
END_TEST

CREEL_SUITE("creel.faults.dead_objects", after_shutdown, futures_after_fork,
	done_futures_after_fork, pool_after_fork, queues_after_fork, streams_after_fork,
	new_objects_after_fork)
