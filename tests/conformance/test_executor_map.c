/* SPDX-License-Identifier: MIT */
/* test_executor_map.c: CPython's own cases of Executor.map, by their names there, for streams. */
#include "facade/streams.h"
#include "support/gate.h"
#include "support/suite.h"

/* The code of creel_last_error() after a stream was refused; 0: it was made. */
static int
code_of_refused(creel_pool *pool, const creel_stream_options *options)
{
	numbers source = {.end = 1};
	creel_stream *stream = creel_stream_map(pool, next_number, &source, twice, options);
	const int code = stream == NULL ? creel_last_error()->code : 0;

	creel_stream_destroy(stream);
	return code;
}

static void *
fail_at_two(void *arg)
{
	return arg == pointer_of(2) ? creel_fail(0, "division by zero") : arg;
}

/* 3.2 "map_exception": first the items, then the error at its position, then nothing */
START_TEST(map_exception)
{
	creel_pool *pool = pool_of(2);
	numbers source = {.end = ENDLESS};
	creel_stream *stream = map_numbers(pool, &source, fail_at_two, 4, 0);
	creel_stream_item item;

	ck_assert_uint_eq(next_item(stream).index, 0);
	ck_assert_uint_eq(next_item(stream).index, 1);
	ck_assert_int_eq(creel_stream_next(stream, CREEL_FOREVER, &item), CREEL_EFAILED);
	ck_assert_str_eq(creel_last_error()->message, "division by zero");
	ck_assert_int_eq(creel_last_error()->code, 0);
	ck_assert_uint_eq(item.index, 2);
	ck_assert_ptr_eq(item.tag, pointer_of(2));
	ck_assert_ptr_null(item.value);
	expect_end(stream);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

static atomic_int began, asked;

/* The third lasts until it is asked to end. */
static void *
last_at_two(void *arg)
{
	if ((intptr_t)arg < 2)
		return arg;
	atomic_fetch_add(&began, 1);
	if (creel_sleep(CREEL_FOREVER) == CREEL_ECANCELLED)
		atomic_fetch_add(&asked, 1);
	return arg;
}

/* 3.2 "map_timeout": what is there before the deadline, then ETIMEDOUT; nothing is lost by that */
START_TEST(map_timeout)
{
	creel_pool *pool = pool_of(1);
	numbers source = {.end = 3};
	creel_stream *stream = map_numbers(pool, &source, last_at_two, 0, 0);

	ck_assert_uint_eq(next_item(stream).index, 0);
	ck_assert_uint_eq(next_item(stream).index, 1);
	spin_until(&began, 1);
	expect_no_item(stream, 0, CREEL_ETIMEDOUT);
	expect_no_item(stream, CREEL_MILLISECONDS(1), CREEL_ETIMEDOUT);
	creel_stream_destroy(stream);
	ck_assert_int_eq(atomic_load(&asked), 1);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.2 "executor_map_current_future_cancel": after a timeout, what is awaited and what is behind it is
   cancelled by the end of the stream: the one is asked to end, the others never start */
START_TEST(executor_map_current_future_cancel)
{
	creel_pool *pool = pool_of(1), *busy = pool_of(1);
	gate hold = GATE_INIT;
	numbers source = {.end = ENDLESS}, never = {.end = ENDLESS};
	creel_stream *stream = map_numbers(pool, &source, last_at_two, 3, 0), *queued;
	creel_future *task = creel_submit(busy, gate_task, &hold);

	gate_await_arrivals(&hold, 1);
	queued = map_numbers(busy, &never, last_at_two, 3, 0);
	next_item(stream);
	next_item(stream);
	spin_until(&began, 1);
	expect_no_item(stream, CREEL_MILLISECONDS(1), CREEL_ETIMEDOUT);
	expect_no_item(queued, CREEL_MILLISECONDS(1), CREEL_ETIMEDOUT);
	creel_stream_destroy(stream);
	creel_stream_destroy(queued);
	ck_assert_int_eq(atomic_load(&asked), atomic_load(&began));
	gate_open(&hold);
	creel_await(task, NULL);
	creel_pool_wait_idle(busy, CREEL_FOREVER);
	ck_assert_int_eq(atomic_load(&never.given), 0);
	creel_future_unref(task);
	creel_pool_destroy(busy);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.2 "map_close": closing it ends it: the rest is cancelled */
START_TEST(map_close)
{
	creel_pool *pool = pool_of(2);
	numbers source = {.end = ENDLESS};
	creel_stream *stream = map_numbers(pool, &source, last_at_two, 6, 0);

	ck_assert_uint_eq(next_item(stream).index, 0);
	spin_until(&began, 4); /* those that await hold up nobody */
	ck_assert_int_eq(creel_stream_cancel(stream), CREEL_OK);
	expect_no_item(stream, CREEL_FOREVER, CREEL_ECANCELLED);
	creel_stream_destroy(stream);
	ck_assert_int_eq(atomic_load(&asked), atomic_load(&began));
	ck_assert_int_eq(atomic_load(&source.inside), 0);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.2 "map_buffersize_value_validation": otherwise: 0 is the default; a window that no memory is enough for is ENOMEM */
START_TEST(map_buffersize_value_validation)
{
	creel_pool *pool = pool_of(1);
	creel_stream_options zero = stream_options(0, 0), negative = stream_options((size_t)-1, 0);

	ck_assert_int_eq(code_of_refused(pool, &zero), 0);
	ck_assert_int_eq(code_of_refused(pool, &negative), CREEL_ENOMEM);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.2 "map_buffersize_type_validation": flags that are not known, and options of a newer creel, are EINVAL */
START_TEST(map_buffersize_type_validation)
{
	struct {
		creel_stream_options known;
		int newer;
	} options = {.newer = 1};
	creel_pool *pool = pool_of(1);
	creel_stream_options unknown = stream_options(1, 4);

	options.known = stream_options(1, 0);
	options.known.size = sizeof options;
	ck_assert_int_eq(code_of_refused(pool, &unknown), CREEL_EINVAL);
	ck_assert_int_eq(code_of_refused(pool, &options.known), CREEL_EINVAL);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.2 "map_buffersize": with any window the same results */
START_TEST(map_buffersize)
{
	creel_pool *pool = pool_of(2);

	for (size_t window = 1; window <= 6; window++) {
		numbers source = {.end = 4};
		creel_stream *stream = map_numbers(pool, &source, twice, window, 0);

		expect_doubles(stream, 0, 4);
		expect_end(stream);
		creel_stream_destroy(stream);
	}
	creel_pool_destroy(pool);
}
END_TEST

/* Two sources in one: the product of what they give, up to the end of the shorter. */
typedef struct pair {
	numbers first, second;
} pair;

static creel_status
next_pair(void *source, creel_stream_input *out)
{
	pair *p = source;
	creel_stream_input first, second;
	creel_status status = next_number(&p->first, &first);

	if (status == CREEL_OK)
		status = next_number(&p->second, &second);
	if (status == CREEL_OK)
		out->arg = pointer_of((intptr_t)first.arg * (intptr_t)second.arg);
	return status;
}

static void
expect_squares(creel_pool *pool, pair *source, size_t window, intptr_t n, bool to_the_end)
{
	creel_stream_options options = stream_options(window, 0);
	creel_stream *stream = creel_stream_map(pool, next_pair, source, same, &options);

	for (intptr_t i = 0; i < n; i++)
		ck_assert_ptr_eq(next_item(stream).value, pointer_of(i * i));
	if (to_the_end)
		expect_end(stream);
	creel_stream_destroy(stream);
}

/* 3.2 "map_buffersize_on_multiple_iterables": one source made of several, any window */
START_TEST(map_buffersize_on_multiple_iterables)
{
	creel_pool *pool = pool_of(2);

	for (size_t window = 1; window <= 6; window++) {
		pair source = {.first = {.end = 4}, .second = {.end = 5}};

		expect_squares(pool, &source, window, 4, true);
	}
	creel_pool_destroy(pool);
}
END_TEST

/* 3.2 "map_buffersize_on_infinite_iterable": a source without end works */
START_TEST(map_buffersize_on_infinite_iterable)
{
	creel_pool *pool = pool_of(2);
	numbers source = {.end = ENDLESS};
	creel_stream *stream = map_numbers(pool, &source, twice, 2, 0);

	expect_doubles(stream, 0, 3);
	creel_stream_destroy(stream);
	ck_assert_int_le(atomic_load(&source.given), 3 + 2);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.2 "map_buffersize_on_multiple_infinite_iterables": as well as two of them */
START_TEST(map_buffersize_on_multiple_infinite_iterables)
{
	creel_pool *pool = pool_of(2);
	pair source = {.first = {.end = ENDLESS}, .second = {.end = ENDLESS}};

	expect_squares(pool, &source, 2, 3, false);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.2 "map_buffersize_on_empty_iterable": it ends at once */
START_TEST(map_buffersize_on_empty_iterable)
{
	creel_pool *pool = pool_of(1);
	numbers source = {.end = 0};
	creel_stream *stream = map_numbers(pool, &source, twice, 2, 0);

	expect_end(stream);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.2 "map_buffersize_without_iterable": without a source there is no stream: EINVAL */
START_TEST(map_buffersize_without_iterable)
{
	creel_pool *pool = pool_of(1);

	ck_assert_ptr_null(creel_stream_map(pool, NULL, NULL, twice, NULL));
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.2 "map_buffersize_when_buffer_is_full": so many inputs as the window has are taken, without a reader */
START_TEST(map_buffersize_when_buffer_is_full)
{
	creel_pool *pool = pool_of(2);
	numbers source = {.end = 4};
	creel_stream *stream = map_numbers(pool, &source, twice, 2, 0);

	creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER);
	ck_assert_int_eq(atomic_load(&source.given), 2);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

static atomic_int ran;

static void *
count_run(void *arg)
{
	atomic_fetch_add(&ran, 1);
	return arg;
}

/* 3.2 "map_submits_without_iteration": the calls run, also if nobody reads */
START_TEST(map_submits_without_iteration)
{
	creel_pool *pool = pool_of(2);
	numbers source = {.end = 8};
	creel_stream *stream = map_numbers(pool, &source, count_run, 8, 0);

	creel_pool_wait_idle(pool, CREEL_FOREVER);
	ck_assert_int_eq(atomic_load(&ran), 8);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

/* 3.2 "shutdown_race_issue12456": a map, then a shutdown at once: it does not hang, and what fits into the
   window is done and handed out; what would have come after is ECLOSED */
START_TEST(shutdown_race_issue12456)
{
	for (unsigned workers = 1; workers <= 3; workers++) {
		creel_pool *pool = pool_of(workers);
		numbers source = {.end = (intptr_t)workers + 1}, more = {.end = 4};
		creel_stream *stream = map_numbers(pool, &source, twice, 0, 0);
		creel_stream *longer = map_numbers(pool, &more, twice, 3, 0);

		creel_pool_shutdown(pool, CREEL_SHUTDOWN_DRAIN, CREEL_FOREVER);
		expect_doubles(stream, 0, source.end);
		expect_end(stream);
		expect_doubles(longer, 0, 3);
		expect_no_item(longer, CREEL_FOREVER, CREEL_ECLOSED);
		creel_stream_destroy(stream);
		creel_stream_destroy(longer);
		creel_pool_destroy(pool);
	}
}
END_TEST

static atomic_int dropped;

static void
count_drop(void *what)
{
	(void)what;
	atomic_fetch_add(&dropped, 1);
}

/* 3.2 "free_reference": what was handed out is the consumer's alone: of three results the stream lets go of
   the two that were not */
START_TEST(free_reference)
{
	creel_pool *pool = pool_of(1);
	numbers source = {.end = 3};
	creel_stream_options options = stream_options(3, 0);
	creel_stream *stream;

	options.result_drop = count_drop;
	stream = creel_stream_map(pool, next_number, &source, twice, &options);
	expect_doubles(stream, 0, 1);
	creel_pool_wait_idle(pool, CREEL_FOREVER);
	ck_assert_int_eq(atomic_load(&dropped), 0);
	creel_stream_destroy(stream);
	ck_assert_int_eq(atomic_load(&dropped), 2);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.conformance.executor_map", map_exception, map_timeout,
	executor_map_current_future_cancel, map_close, map_buffersize_value_validation,
	map_buffersize_type_validation, map_buffersize, map_buffersize_on_multiple_iterables,
	map_buffersize_on_infinite_iterable, map_buffersize_on_multiple_infinite_iterables,
	map_buffersize_on_empty_iterable, map_buffersize_without_iterable,
	map_buffersize_when_buffer_is_full, map_submits_without_iteration, shutdown_race_issue12456,
	free_reference)
