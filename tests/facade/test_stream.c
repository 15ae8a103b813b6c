/* SPDX-License-Identifier: MIT */
/* test_stream.c: creel_stream_map: which items come, in which order, and never too many at once. */
#include "facade/streams.h"
#include "support/counting.h"
#include "support/gate.h"
#include "support/suite.h"

#define N 1000

START_TEST(in_order)
{
	for (unsigned workers = 1; workers <= 3; workers++)
		for (size_t window = 0; window <= 4; window++) {
			creel_pool *pool = pool_of(workers);
			numbers source = {.end = N};
			creel_stream *stream = map_numbers(pool, &source, twice, window, 0);

			expect_doubles(stream, 0, N);
			expect_end(stream);
			ck_assert_int_eq(atomic_load(&source.together), 0);
			creel_stream_destroy(stream);
			creel_pool_destroy(pool);
		}
}
END_TEST

/* Each once. */
START_TEST(as_completed)
{
	creel_pool *pool = pool_of(3);
	numbers source = {.end = N};
	creel_stream *stream = map_numbers(pool, &source, twice, 0, CREEL_STREAM_AS_COMPLETED);
	static bool seen[N];

	for (int i = 0; i < N; i++) {
		const creel_stream_item item = next_item(stream);

		ck_assert_uint_lt(item.index, N);
		ck_assert(!seen[item.index]);
		seen[item.index] = true;
		ck_assert_ptr_eq(item.value, pointer_of(2 * (intptr_t)item.index));
		ck_assert_ptr_eq(item.tag, pointer_of((intptr_t)item.index));
	}
	expect_end(stream);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

static gate first_may_end = GATE_INIT;

static void *
hold_up_the_first(void *arg)
{
	if (arg == NULL)
		gate_pass(&first_may_end);
	return arg;
}

static creel_stream *
hold_up(creel_pool *pool, numbers *source, uint32_t flags)
{
	creel_stream *stream = map_numbers(pool, source, hold_up_the_first, 4, flags);

	gate_await_arrivals(&first_may_end, 1);
	while (counts_of(stream).ended < 3)
		sched_yield();
	return stream;
}

/* One that takes long holds up those behind it. */
START_TEST(a_slow_item_in_order)
{
	creel_pool *pool = pool_of(2);
	numbers source = {.end = 4};
	creel_stream *stream = hold_up(pool, &source, 0);

	expect_no_item(stream, 0, CREEL_ETIMEDOUT);
	gate_open(&first_may_end);
	for (size_t i = 0; i < 4; i++)
		ck_assert_uint_eq(next_item(stream).index, i);
	expect_end(stream);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(a_slow_item_as_completed)
{
	creel_pool *pool = pool_of(2);
	numbers source = {.end = 4};
	creel_stream *stream = hold_up(pool, &source, CREEL_STREAM_AS_COMPLETED);

	for (size_t i = 1; i < 4; i++)
		ck_assert_uint_eq(next_item(stream).index, i);
	expect_no_item(stream, 0, CREEL_ETIMEDOUT);
	gate_open(&first_may_end);
	ck_assert_uint_eq(next_item(stream).index, 0);
	expect_end(stream);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

/* A source that looks how far ahead of the consumer it is. */
typedef struct watched {
	numbers numbers;
	atomic_int received; /* by the consumer */
	int window;
	atomic_int ahead; /* inputs beyond the window */
} watched;

static creel_status
next_watched(void *source, creel_stream_input *out)
{
	watched *w = source;

	if (atomic_load(&w->numbers.given) - atomic_load(&w->received) >= w->window)
		atomic_fetch_add(&w->ahead, 1);
	return next_number(&w->numbers, out);
}

/* The source is never asked for more than the window beyond what the consumer is done with. */
START_TEST(the_bound_is_strict)
{
	static const uint32_t flags[] = {0, CREEL_STREAM_AS_COMPLETED};

	for (int window = 1; window <= 5; window += 2)
		for (int i = 0; i < 2; i++) {
			creel_pool *pool = pool_of(3);
			watched source = {.numbers = {.end = N}, .window = window};
			creel_stream_options options = stream_options((size_t)window, flags[i]);
			creel_stream *stream =
				creel_stream_map(pool, next_watched, &source, twice, &options);

			for (int j = 0; j < N; j++) {
				next_item(stream);
				atomic_fetch_add(&source.received, 1);
			}
			expect_end(stream);
			ck_assert_int_eq(atomic_load(&source.ahead), 0);
			creel_stream_destroy(stream);
			creel_pool_destroy(pool);
		}
}
END_TEST

/* And it comes up to that by itself, and no further. A consumer that has plenty does not ask for more before it
 * has done with half of it. */
START_TEST(the_window_fills_by_itself)
{
	creel_pool *pool = pool_of(1);
	numbers source = {.end = ENDLESS};
	creel_stream *stream = map_numbers(pool, &source, twice, 6, 0);

	creel_pool_wait_idle(pool, CREEL_FOREVER);
	ck_assert_int_eq(atomic_load(&source.given), 6);
	ck_assert_uint_eq(counts_of(stream).ended, 6);
	for (int i = 0; i < 2; i++) {
		expect_doubles(stream, i, i + 1);
		creel_pool_wait_idle(pool, CREEL_FOREVER);
		ck_assert_int_eq(atomic_load(&source.given), 6);
	}
	expect_doubles(stream, 2, 3);
	creel_pool_wait_idle(pool, CREEL_FOREVER);
	ck_assert_int_eq(atomic_load(&source.given), 6 + 2); /* the consumer is busy with one */
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(the_window_without_options)
{
	creel_pool *pool = pool_of(2);
	numbers source = {.end = ENDLESS};
	creel_stream *stream = creel_stream_map(pool, next_number, &source, twice, NULL);

	creel_pool_wait_idle(pool, CREEL_FOREVER);
	ck_assert_int_eq(atomic_load(&source.given), 64);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

static creel_future *released;
static atomic_int under_way;

static void *
await_release(void *arg)
{
	atomic_fetch_add(&under_way, 1);
	creel_await(released, NULL);
	return pointer_of(2 * (intptr_t)arg);
}

/* As many calls at once as the window has room for, on one worker. */
START_TEST(calls_that_await)
{
	creel_pool *pool = pool_of(1);
	numbers source = {.end = 50};
	creel_stream *stream;

	released = creel_future_create();
	stream = map_numbers(pool, &source, await_release, 20, 0);
	spin_until(&under_way, 20);
	settle(pool);
	ck_assert_int_eq(atomic_load(&under_way), 20);
	expect_no_item(stream, 0, CREEL_ETIMEDOUT);
	creel_future_set_result(released, NULL);
	expect_doubles(stream, 0, 50);
	expect_end(stream);
	creel_stream_destroy(stream);
	creel_future_unref(released);
	creel_pool_destroy(pool);
}
END_TEST

/* What is held, at each input. */
typedef struct frugal {
	numbers numbers;
	int most;
} frugal;

static creel_status
next_frugal(void *source, creel_stream_input *out)
{
	frugal *f = source;
	const int blocks = counting_blocks();

	if (blocks > f->most)
		f->most = blocks;
	return next_number(&f->numbers, out);
}

static int
most_blocks(creel_pool *pool, intptr_t n)
{
	frugal source = {.numbers = {.end = n}};
	creel_stream_options options = stream_options(4, 0);
	creel_stream *stream = creel_stream_map(pool, next_frugal, &source, twice, &options);

	expect_doubles(stream, 0, n);
	expect_end(stream);
	creel_stream_destroy(stream);
	return source.most;
}

/* A hundred times as many items: memory for the stream, and for tasks, at most one more than the window at
 * work and one on its way, whatever their number. */
START_TEST(memory_stays_the_same)
{
	creel_pool *pool;
	int before;

	creel_set_allocator(&counting_allocator);
	pool = pool_of(2);
	most_blocks(pool, 100); /* what is kept for later */
	before = counting_blocks();
	ck_assert_int_le(most_blocks(pool, 10000), before + 1 + 2 * 6);
	creel_pool_destroy(pool);
}
END_TEST

/* NULL is an input, a tag and a value like others. */
START_TEST(nothing_is_something)
{
	creel_pool *pool = pool_of(1);
	numbers source = {.end = 1};
	creel_stream *stream = map_numbers(pool, &source, same, 0, 0);
	creel_stream_item item = next_item(stream);

	ck_assert_ptr_null(item.value);
	ck_assert_ptr_null(item.tag);
	expect_end(stream);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

START_TEST(counts)
{
	creel_pool *pool = pool_of(1);
	numbers source = {.end = 10};
	creel_stream *stream = map_numbers(pool, &source, twice, 4, 0);
	creel_stream_count count;

	expect_doubles(stream, 0, 3);
	creel_pool_wait_idle(pool, CREEL_FOREVER);
	count = counts_of(stream);
	ck_assert_uint_eq(count.given, 6);
	ck_assert_uint_eq(count.ended, 6);
	ck_assert_uint_eq(count.failed, 0);
	ck_assert_uint_eq(count.handed_out, 3);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

/* What the progress was told. */
typedef struct told {
	creel_stream_count last;
	atomic_int inside, together, backwards, calls, may_suspend;
} told;

static void
note_progress(const creel_stream_count *count, void *ctx)
{
	told *t = ctx;

	if (atomic_fetch_add(&t->inside, 1) > 0)
		atomic_fetch_add(&t->together, 1);
	if (count->ended < t->last.ended || count->given < count->ended ||
		count->failed > count->ended || count->handed_out > count->ended)
		atomic_fetch_add(&t->backwards, 1);
	if (creel_sleep(0) != CREEL_EDEADLK)
		atomic_fetch_add(&t->may_suspend, 1);
	t->last = *count;
	atomic_fetch_add(&t->calls, 1);
	atomic_fetch_sub(&t->inside, 1);
}

/* Never twice at once, never back, and in the end all is told. */
START_TEST(progress)
{
	creel_pool *pool = pool_of(3);
	numbers source = {.end = N};
	told t = {.last = {.ended = 0}};
	creel_stream_options options = stream_options(8, CREEL_STREAM_AS_COMPLETED);
	creel_stream *stream;

	options.progress = note_progress;
	options.progress_ctx = &t;
	stream = creel_stream_map(pool, next_number, &source, twice, &options);
	ck_assert_int_eq(creel_stream_run(stream, NULL, NULL), CREEL_OK);
	creel_stream_destroy(stream);
	ck_assert_uint_eq(t.last.ended, N);
	ck_assert_int_gt(atomic_load(&t.calls), 0);
	ck_assert_int_le(atomic_load(&t.calls), N);
	ck_assert_int_eq(atomic_load(&t.together), 0);
	ck_assert_int_eq(atomic_load(&t.backwards), 0);
	ck_assert_int_eq(atomic_load(&t.may_suspend), 0);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.facade.stream", in_order, as_completed, a_slow_item_in_order,
	a_slow_item_as_completed, the_bound_is_strict, the_window_fills_by_itself,
	the_window_without_options, calls_that_await, memory_stays_the_same, nothing_is_something,
	counts, progress)
