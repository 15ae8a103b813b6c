/* SPDX-License-Identifier: MIT */
/* test_stream_errors.c: what a stream does when the function or the source fails, and what becomes of what
 * never got where it should. */
#include "facade/streams.h"
#include "support/gate.h"
#include "support/suite.h"

/* The next item has failed with this. */
static creel_stream_item
next_failure(creel_stream *stream, int code)
{
	creel_stream_item item;

	ck_assert_int_eq(creel_stream_next(stream, CREEL_FOREVER, &item), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, code);
	ck_assert_ptr_null(item.value);
	return item;
}

static void *
fail_odd(void *arg)
{
	return (intptr_t)arg % 2 == 1 ? creel_fail((int)(intptr_t)arg, "odd") : arg;
}

/* Each failure is an item like others, and the first is what a run tells. */
START_TEST(go_on)
{
	creel_pool *pool = pool_of(2);
	numbers source = {.end = 100}, again = {.end = 100};
	creel_stream *stream = map_numbers(pool, &source, fail_odd, 5, CREEL_STREAM_GO_ON);

	for (int i = 0; i < 100; i += 2) {
		creel_stream_item failed;

		ck_assert_ptr_eq(next_item(stream).value, pointer_of(i));
		failed = next_failure(stream, i + 1);
		ck_assert_uint_eq(failed.index, (size_t)i + 1);
		ck_assert_ptr_eq(failed.tag, pointer_of(i + 1));
	}
	expect_end(stream);
	ck_assert_uint_eq(counts_of(stream).failed, 50);
	creel_stream_destroy(stream);

	stream = map_numbers(pool, &again, fail_odd, 5, CREEL_STREAM_GO_ON);
	ck_assert_int_eq(creel_stream_run(stream, NULL, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, 1);
	ck_assert_uint_eq(counts_of(stream).failed, 50);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

static gate third_may_fail = GATE_INIT;
static atomic_int asleep, asked;

/* 0 and 1 wait for each other's end by what happens to 2, which fails; the others last until they are asked. */
static void *
fail_third(void *arg)
{
	switch ((intptr_t)arg) {
	case 0:
	case 1:
		return arg;
	case 2:
		gate_pass(&third_may_fail);
		return creel_fail(22, "the third");
	default:
		atomic_fetch_add(&asleep, 1);
		if (creel_sleep(CREEL_FOREVER) == CREEL_ECANCELLED)
			atomic_fetch_add(&asked, 1);
		return arg;
	}
}

static void
first_error(uint32_t flags)
{
	creel_pool *pool = pool_of(3);
	numbers source = {.end = ENDLESS};
	creel_stream *stream = map_numbers(pool, &source, fail_third, 6, flags);
	const int given = 6;

	gate_await_arrivals(&third_may_fail, 1);
	spin_until(&asleep, 3);
	gate_open(&third_may_fail);
	spin_until(&asked, 3); /* before anybody has looked */
	next_item(stream);
	next_item(stream);
	ck_assert_uint_eq(next_failure(stream, 22).index, 2);
	expect_end(stream);
	ck_assert_int_eq(atomic_load(&source.given), given);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}

/* The source is left, and what is behind the one that failed is asked to end and dropped. */
START_TEST(the_first_error_ends_all_behind_it)
{
	first_error(0);
}
END_TEST

START_TEST(the_first_error_ends_all_others)
{
	first_error(CREEL_STREAM_AS_COMPLETED);
}
END_TEST

static gate first_may_end = GATE_INIT;

/* The second fails while the first is at work. */
static void *
fail_second(void *arg)
{
	if (arg == NULL) {
		gate_pass(&first_may_end);
		return creel_cancel_requested() ? creel_fail(1, "asked to end") : arg;
	}
	return creel_fail(22, "the second");
}

/* In order, what is before the one that failed goes on, and is handed out before. */
START_TEST(what_is_before_an_error_goes_on)
{
	creel_pool *pool = pool_of(2);
	numbers source = {.end = ENDLESS};
	creel_stream *stream = map_numbers(pool, &source, fail_second, 2, 0);

	gate_await_arrivals(&first_may_end, 1);
	while (counts_of(stream).failed < 1)
		sched_yield();
	expect_no_item(stream, 0, CREEL_ETIMEDOUT);
	gate_open(&first_may_end);
	ck_assert_uint_eq(next_item(stream).index, 0);
	ck_assert_uint_eq(next_failure(stream, 22).index, 1);
	expect_end(stream);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

static void *
cancel_itself(void *arg)
{
	return arg == NULL ? creel_fail(CREEL_ECANCELLED, "of its own") : arg;
}

/* An item that was cancelled has failed, with that code. */
START_TEST(an_item_that_is_cancelled)
{
	creel_pool *pool = pool_of(1);
	numbers source = {.end = 2};
	creel_stream *stream = map_numbers(pool, &source, cancel_itself, 0, CREEL_STREAM_GO_ON);

	next_failure(stream, CREEL_ECANCELLED);
	next_item(stream);
	expect_end(stream);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

static atomic_int begun;

static void *
fail_at_once(void *arg)
{
	atomic_fetch_add(&begun, 1);
	return arg == NULL ? creel_fail(9, "the first") : arg;
}

/* What was given, and has not begun when one fails, never does. */
START_TEST(nothing_begins_after_an_error)
{
	creel_pool *pool = pool_of(1);
	numbers source = {.end = ENDLESS}, others = {.end = ENDLESS};
	creel_stream *stream = map_numbers(pool, &source, fail_at_once, 10, 0), *completed;

	next_failure(stream, 9);
	creel_stream_destroy(stream);
	completed = map_numbers(pool, &others, fail_at_once, 10, CREEL_STREAM_AS_COMPLETED);
	next_failure(completed, 9);
	creel_stream_destroy(completed);
	creel_pool_wait_idle(pool, CREEL_FOREVER);
	ck_assert_int_eq(atomic_load(&begun), 2);
	ck_assert_int_eq(atomic_load(&source.given), 10);
	creel_pool_destroy(pool);
}
END_TEST

/* What a source answers, one after the other; a code other than 0: by creel_fail(). */
typedef struct answer {
	creel_status status;
	int code;
} answer;

typedef struct script {
	const answer *answers;
	int next;
} script;

static creel_status
next_answer(void *source, creel_stream_input *out)
{
	script *s = source;
	const answer a = s->answers[s->next++];

	out->arg = out->tag = pointer_of(s->next);
	if (a.code != 0)
		creel_fail(a.code, "the source, with %d", a.code);
	return a.status;
}

static creel_stream *
map_script(creel_pool *pool, script *source, uint32_t flags)
{
	const creel_stream_options options = stream_options(1, flags);

	return creel_stream_map(pool, next_answer, source, same, &options);
}

/* CREEL_EFAILED is an item that has failed: going on, the source is asked again. */
START_TEST(the_source_fails)
{
	static const answer answers[] = {{CREEL_OK, 0}, {CREEL_EFAILED, 31}, {CREEL_OK, 32},
		{CREEL_EFAILED, 0}, {CREEL_EEMPTY, 0}};
	creel_pool *pool = pool_of(1);
	script source = {answers, 0};
	creel_stream *stream = map_script(pool, &source, CREEL_STREAM_GO_ON);
	creel_stream_item failed;

	next_item(stream);
	failed = next_failure(stream, 31);
	ck_assert_str_eq(creel_last_error()->message, "the source, with 31");
	ck_assert_uint_eq(failed.index, 1);
	ck_assert_ptr_eq(failed.tag, pointer_of(2));
	ck_assert_uint_eq(next_item(stream).index, 2);
	next_failure(stream, CREEL_EFAILED); /* and said nothing */
	expect_end(stream);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

/* Other statuses too, but the source is not asked again. */
START_TEST(the_source_breaks)
{
	static const answer answers[] = {{CREEL_OK, 0}, {CREEL_ESYS, CREEL_ESYS}},
			    silent[] = {{CREEL_ENOMEM, 0}};
	creel_pool *pool = pool_of(1);
	script source = {answers, 0}, other = {silent, 0};
	creel_stream *stream = map_script(pool, &source, CREEL_STREAM_GO_ON);

	next_item(stream);
	ck_assert_uint_eq(next_failure(stream, CREEL_ESYS).index, 1);
	ck_assert_str_eq(creel_last_error()->message, "the source, with 10015");
	expect_end(stream);
	creel_stream_destroy(stream);
	stream = map_script(pool, &other, 0);
	next_failure(stream, CREEL_ENOMEM);
	expect_end(stream);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

/* Its second item has failed, while the first is not at work yet. */
static creel_status
fail_after_one(void *source, creel_stream_input *out)
{
	script *s = source;

	(void)out;
	if (s->next++ == 0)
		return CREEL_OK;
	creel_fail(31, "no second");
	return CREEL_EFAILED;
}

/* What the source gave before it failed still begins. */
START_TEST(what_was_given_before_an_error)
{
	creel_pool *pool = pool_of(1);
	script source = {NULL, 0};
	creel_stream_options options = stream_options(3, 0);
	creel_stream *stream = creel_stream_map(pool, fail_after_one, &source, same, &options);

	next_item(stream);
	next_failure(stream, 31);
	expect_end(stream);
	ck_assert_int_eq(source.next, 2);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

/* Says that it has failed, and does not mean it. */
static void *
change_of_mind(void *arg)
{
	creel_fail(5, "not meant");
	return arg;
}

/* creel_fail() counts only when it is returned; and what one item has said is not the next one's. */
START_TEST(failures_that_were_not_meant)
{
	creel_pool *pool = pool_of(1);
	numbers source = {.end = 10};
	creel_stream *stream = map_numbers(pool, &source, change_of_mind, 0, 0);

	for (size_t i = 0; i < 10; i++)
		ck_assert_uint_eq(next_item(stream).index, i);
	expect_end(stream);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
}
END_TEST

static atomic_int inputs_dropped, results_dropped;

static void
drop_input(void *arg)
{
	(void)arg;
	atomic_fetch_add(&inputs_dropped, creel_sleep(0) == CREEL_EDEADLK); /* it may not suspend */
}

static void
drop_result(void *value)
{
	(void)value;
	atomic_fetch_add(&results_dropped, creel_sleep(0) == CREEL_EDEADLK);
}

static void *
fail_fourth(void *arg)
{
	return arg == pointer_of(3) ? creel_fail(3, "the fourth") : arg;
}

/* Each input and each value is the function's, the consumer's, or is dropped once. */
START_TEST(each_is_somebody_s)
{
	static const uint32_t flags[] = {0, CREEL_STREAM_AS_COMPLETED, CREEL_STREAM_GO_ON};

	for (int i = 0; i < 3; i++) {
		creel_pool *pool = pool_of(2);
		numbers source = {.end = 50};
		creel_stream_options options = stream_options(10, flags[i]);
		creel_stream *stream;
		creel_stream_count count;
		creel_stream_item item;
		int taken = 0;

		atomic_store(&inputs_dropped, 0);
		atomic_store(&results_dropped, 0);
		options.input_drop = drop_input;
		options.result_drop = drop_result;
		stream = creel_stream_map(pool, next_number, &source, fail_fourth, &options);
		while (taken < 20 && creel_stream_next(stream, CREEL_FOREVER, &item) == CREEL_OK)
			taken++;
		creel_pool_wait_idle(pool, CREEL_FOREVER);
		count = counts_of(stream);
		creel_stream_destroy(stream);
		ck_assert_int_eq(atomic_load(&inputs_dropped), (int)(count.given - count.ended));
		ck_assert_int_eq(
			atomic_load(&results_dropped), (int)(count.ended - count.failed) - taken);
		creel_pool_destroy(pool);
	}
}
END_TEST

static void
count_report(creel_future *future, const creel_error *error, void *ctx)
{
	(void)future;
	(void)error;
	++*(int *)ctx;
}

/* Errors of a stream are told by it, or dropped with it; none goes to the hook. */
START_TEST(nothing_is_reported)
{
	creel_pool *pool = pool_of(1);
	numbers source = {.end = 100};
	int reported = 0;
	creel_stream *stream;

	creel_set_unhandled(count_report, &reported);
	stream = map_numbers(pool, &source, fail_odd, 5, CREEL_STREAM_GO_ON);
	next_item(stream);
	next_failure(stream, 1);
	creel_stream_destroy(stream);
	creel_pool_destroy(pool);
	ck_assert_int_eq(reported, 0);
}
END_TEST

CREEL_SUITE("creel.facade.stream_errors", go_on, the_first_error_ends_all_behind_it,
	the_first_error_ends_all_others, what_is_before_an_error_goes_on, an_item_that_is_cancelled,
	nothing_begins_after_an_error, the_source_fails, the_source_breaks,
	what_was_given_before_an_error, failures_that_were_not_meant, each_is_somebody_s,
	nothing_is_reported)
