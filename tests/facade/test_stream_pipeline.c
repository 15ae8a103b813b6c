/* SPDX-License-Identifier: MIT */
/* test_stream_pipeline.c: streams behind streams, inside tasks, and all at once. */
#include "facade/runs.h"
#include "facade/streams.h"
#include "support/suite.h"

#define N 300

static void *
plus_one(void *arg)
{
	return pointer_of((intptr_t)arg + 1);
}

/* The numbers, doubled, plus one, plus one. */
static creel_stream *
three_stages(creel_pool *pool, numbers *source, size_t window, uint32_t flags)
{
	const creel_stream_options options = stream_options(window, flags);
	creel_stream *stream = map_numbers(pool, source, twice, window, flags);

	stream = creel_stream_then(stream, pool, plus_one, &options);
	stream = creel_stream_then(stream, NULL, plus_one, NULL);
	ck_assert_ptr_nonnull(stream);
	return stream;
}

/* In order through all stages, each with a window of its own, on one worker and on more. */
START_TEST(stages)
{
	for (unsigned workers = 1; workers <= 3; workers++)
		for (size_t window = 1; window <= 9; window += 4) {
			creel_pool *pool = pool_of(workers);
			numbers source = {.end = N};
			creel_stream *stream = three_stages(pool, &source, window, 0);

			for (intptr_t i = 0; i < N; i++) {
				const creel_stream_item item = next_item(stream);

				ck_assert_ptr_eq(item.value, pointer_of(2 * i + 2));
				ck_assert_ptr_eq(item.tag, pointer_of(i));
				ck_assert_uint_eq(item.index, (size_t)i);
			}
			expect_end(stream);
			creel_stream_destroy(stream);
			creel_pool_destroy(pool);
		}
}
END_TEST

/* As completed, tags and indexes still tell which is which. */
START_TEST(stages_as_completed)
{
	creel_pool *pool = pool_of(3);
	numbers source = {.end = N};
	creel_stream *stream = three_stages(pool, &source, 7, CREEL_STREAM_AS_COMPLETED);
	intptr_t sum = 0;

	for (int i = 0; i < N; i++) {
		const creel_stream_item item = next_item(stream);

		ck_assert_ptr_eq(item.tag, pointer_of((intptr_t)item.index));
		ck_assert_ptr_eq(item.value, pointer_of(2 * (intptr_t)item.index + 2));
		sum += (intptr_t)item.index;
	}
	ck_assert_int_eq(sum, N * (N - 1) / 2);
	expect_end(stream);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

/* Memory is bounded through all stages: nobody reads, so the source is asked for the windows' sum, and not more. */
START_TEST(back_pressure)
{
	creel_pool *pool = pool_of(2);
	numbers source = {.end = ENDLESS};
	const creel_stream_options options = stream_options(3, 0);
	creel_stream *stream = map_numbers(pool, &source, twice, 5, 0);

	stream = creel_stream_then(stream, NULL, plus_one, &options);
	creel_pool_wait_idle(pool, CREEL_FOREVER);
	/* The last that a stage takes is done with at its next call, which has no room. */
	ck_assert_int_eq(atomic_load(&source.given), 5 + 3 - 1);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

static atomic_int calls;

static void *
count_calls(void *arg)
{
	atomic_fetch_add(&calls, 1);
	return arg;
}

static void *
fail_odd(void *arg)
{
	return (intptr_t)arg % 2 == 1 ? creel_fail(41, "%d is odd", (int)(intptr_t)arg) : arg;
}

/* What has failed passes through the next stage as it is, without its function. */
START_TEST(errors_pass_through)
{
	creel_pool *pool = pool_of(2);
	numbers source = {.end = 10};
	const creel_stream_options options = stream_options(2, CREEL_STREAM_GO_ON);
	creel_stream *stream = map_numbers(pool, &source, fail_odd, 3, CREEL_STREAM_GO_ON);

	stream = creel_stream_then(stream, NULL, count_calls, &options);
	for (size_t i = 0; i < 10; i++) {
		creel_stream_item item;
		creel_status status = creel_stream_next(stream, CREEL_FOREVER, &item);

		ck_assert_int_eq(status, i % 2 == 1 ? CREEL_EFAILED : CREEL_OK);
		ck_assert_uint_eq(item.index, i);
	}
	ck_assert_str_eq(creel_last_error()->message, "9 is odd");
	ck_assert_int_eq(creel_last_error()->code, 41);
	expect_end(stream);
	ck_assert_int_eq(atomic_load(&calls), 5);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

/* An error of the first stage ends the last one too. */
START_TEST(the_first_error_ends_the_pipeline)
{
	creel_pool *pool = pool_of(2);
	numbers source = {.end = ENDLESS};
	creel_stream *stream = map_numbers(pool, &source, fail_odd, 3, 0);
	creel_stream_item item;

	stream = creel_stream_then(stream, NULL, count_calls, NULL);
	next_item(stream);
	ck_assert_int_eq(creel_stream_next(stream, CREEL_FOREVER, &item), CREEL_EFAILED);
	ck_assert_str_eq(creel_last_error()->message, "1 is odd");
	expect_end(stream);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

static atomic_int dropped;

static void
count_drop(void *what)
{
	(void)what;
	atomic_fetch_add(&dropped, 1);
}

static void *
until_asked(void *arg)
{
	atomic_fetch_add(&calls, 1);
	creel_sleep(CREEL_FOREVER);
	return arg;
}

/* Destroying the last stage destroys all; values between stages go to the first one's result_drop. */
START_TEST(destroy_a_pipeline)
{
	creel_pool *pool = pool_of(1);
	numbers source = {.end = ENDLESS};
	creel_stream_options first = stream_options(4, 0), second = stream_options(1, 0);
	creel_stream *stream;
	int given;

	first.result_drop = count_drop;
	stream = creel_stream_map(pool, next_number, &source, twice, &first);
	stream = creel_stream_then(stream, NULL, until_asked, &second);
	spin_until(&calls, 1);
	settle(pool);
	creel_stream_destroy(stream);
	given = atomic_load(&source.given);
	ck_assert_int_eq(atomic_load(&dropped), given - 1); /* the other's value had no drop */
	creel_pool_destroy(pool);
}
END_TEST

/* A pipeline is made in one piece and looked at once. */
START_TEST(a_pipeline_that_cannot_be_made)
{
	creel_pool *pool = pool_of(1);
	numbers source = {.end = 5};

	ck_assert_ptr_null(creel_stream_then(
		creel_stream_map(pool, NULL, NULL, twice, NULL), pool, plus_one, NULL));
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	/* What was there before is gone with it. */
	ck_assert_ptr_null(
		creel_stream_then(map_numbers(pool, &source, twice, 1, 0), pool, NULL, NULL));
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	creel_pool_destroy(pool);
}
END_TEST

/* The sum of so many numbers, by a stream on the pool that the task is on. */
static void *
sum_by_stream(void *arg)
{
	numbers source = {.end = (intptr_t)arg};
	creel_stream *stream =
		creel_stream_map(creel_current_pool(), next_number, &source, plus_one, NULL);
	creel_stream_item item;
	intptr_t sum = 0;

	while (creel_stream_next(stream, CREEL_FOREVER, &item) == CREEL_OK)
		sum += (intptr_t)item.value;
	creel_stream_destroy(stream);
	return pointer_of(sum);
}

/* Streams inside a stream's functions, on one worker. */
START_TEST(nested)
{
	for (unsigned workers = 1; workers <= 2; workers++) {
		creel_pool *pool = pool_of(workers);
		numbers source = {.end = 20};
		creel_stream *stream = map_numbers(pool, &source, sum_by_stream, 5, 0);

		for (intptr_t i = 0; i < 20; i++)
			ck_assert_ptr_eq(next_item(stream).value, pointer_of(i * (i + 1) / 2));
		expect_end(stream);
		creel_stream_destroy(stream);
		creel_pool_destroy(pool);
	}
}
END_TEST

/* A source that awaits: its inputs are promises that somebody else completes. */
typedef struct mailed {
	creel_future *letters[3];
	int opened;
} mailed;

static creel_status
next_letter(void *source, creel_stream_input *out)
{
	mailed *m = source;
	creel_status status = CREEL_EEMPTY;

	if (m->opened < 3)
		status = creel_await(m->letters[m->opened++], &out->arg);
	return status;
}

/* While the source waits, the only worker is free, and what was given before goes on. */
START_TEST(a_source_that_awaits)
{
	creel_pool *pool = pool_of(1);
	mailed source = {.opened = 0};
	creel_stream *stream;

	for (int i = 0; i < 3; i++)
		source.letters[i] = creel_future_create();
	stream = creel_stream_map(pool, next_letter, &source, plus_one, NULL);
	for (int i = 0; i < 2; i++) {
		settle(pool);
		expect_no_item(stream, 0, CREEL_ETIMEDOUT);
		creel_future_set_result(source.letters[i], pointer_of(i));
		ck_assert_ptr_eq(next_item(stream).value, pointer_of(i + 1));
	}
	settle(pool);
	creel_stream_destroy(stream); /* ends the wait */
	ck_assert_int_eq(creel_future_status(source.letters[2]), CREEL_EPENDING);
	creel_futures_unref(source.letters, 3);
	creel_pool_destroy(pool);
}
END_TEST

/* A run: the values, in order, in one task at a time. */
typedef struct summed {
	intptr_t next, wrong, failed;
} summed;

static void
expect_next(creel_status status, const creel_stream_item *item, void *ctx)
{
	summed *s = ctx;

	s->failed += status != CREEL_OK;
	s->wrong += (intptr_t)item->index != s->next++;
	creel_sleep(0);
}

static void *
run_stream(void *arg)
{
	summed s = {0};

	return pointer_of(
		creel_stream_run(arg, expect_next, &s) != CREEL_OK || s.wrong != 0 || s.next != N);
}

/* From a thread, from a task of the pool, from a task of another. */
START_TEST(run_from_anywhere)
{
	creel_pool *pool = pool_of(1), *other = pool_of(1);
	creel_pool *const from[] = {NULL, pool, other};

	for (int i = 0; i < 3; i++) {
		numbers source = {.end = N};
		creel_stream *stream = map_numbers(pool, &source, twice, 0, 0);
		void *wrong = pool;

		if (from[i] == NULL)
			wrong = run_stream(stream);
		else
			creel_pool_run(from[i], run_stream, stream, &wrong);
		ck_assert_ptr_null(wrong);
		expect_end(stream);
		ck_assert_int_eq(creel_stream_run(stream, expect_next, NULL), CREEL_OK);
		creel_stream_destroy(stream);
	}
	creel_pool_destroy(other);
	creel_pool_destroy(pool);
}
END_TEST

/* A run of what a pool has done before it was shut down; then of nothing. */
START_TEST(run_after_shutdown)
{
	creel_pool *pool = pool_of(1);
	numbers source = {.end = 5}, more = {.end = 5};
	creel_stream *stream = map_numbers(pool, &source, twice, 0, 0);
	creel_stream *longer = map_numbers(pool, &more, twice, 2, 0);
	summed s = {0};

	creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER);
	ck_assert_int_eq(creel_stream_run(stream, expect_next, &s), CREEL_OK);
	ck_assert_int_eq(s.next, 5);
	ck_assert_int_eq(creel_stream_run(longer, expect_next, &s), CREEL_ECLOSED);
	ck_assert_int_eq(s.next, 7);
	creel_stream_destroy(stream);
	creel_stream_destroy(longer);
	creel_pool_destroy(pool);
}
END_TEST

static void *
by_the_runtime(void *arg)
{
	void *value = NULL;

	return creel_take(creel_to_thread(plus_one, arg), &value) == CREEL_OK
		       ? value
		       : creel_fail(1, "no runtime");
}

static creel_pool *workers;

static void *
stream_in_a_run(void *arg)
{
	numbers source = {.end = 20};
	creel_stream *stream = map_numbers(workers, &source, by_the_runtime, 4, 0);

	for (intptr_t i = 0; i < 20; i++)
		ck_assert_ptr_eq(next_item(stream).value, pointer_of(i + 1));
	expect_end(stream);
	creel_stream_destroy(stream);
	return arg;
}

/* On a loop, whose runtime is that of the functions. */
START_TEST(in_a_run)
{
	workers = pool_of(1);
	ck_assert_int_eq(creel_run(stream_in_a_run, NULL, NULL), CREEL_OK);
	creel_pool_destroy(workers);
}
END_TEST

CREEL_SUITE("creel.facade.stream_pipeline", stages, stages_as_completed, back_pressure,
	errors_pass_through, the_first_error_ends_the_pipeline, destroy_a_pipeline,
	a_pipeline_that_cannot_be_made, nested, a_source_that_awaits, run_from_anywhere,
	run_after_shutdown, in_a_run)
