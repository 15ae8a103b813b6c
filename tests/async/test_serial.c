/* SPDX-License-Identifier: MIT */
/* test_serial.c: tasks that run one at a time, in the order of their submission. */
#include "pool/counted.h"
#include "support/child.h"
#include "support/scale.h"
#include "support/suite.h"

enum { LETTERS = 256 };

/* What the tasks of one serial write down, with nothing but the serial to keep them apart. */
typedef struct record {
	char letters[LETTERS];
	int length;
} record;

typedef struct note {
	record *to;
	char letter;
	creel_future *awaits; /* before it writes; NULL: nothing */
} note;

static void *
write_note(void *arg)
{
	const note *n = arg;

	if (n->awaits != NULL)
		creel_await(n->awaits, NULL);
	n->to->letters[n->to->length++] = n->letter;
	return arg;
}

static const uint32_t both[] = {0, CREEL_POOL_FIFO};

/* The first is suspended: the others wait until it has ended, though two workers have nothing to do. */
START_TEST(each_begins_when_the_one_before_has_ended)
{
	for (int f = 0; f < 2; f++) {
		creel_pool *pool = pool_with(2, both[f]);
		creel_serial *serial = creel_serial_create(pool);
		creel_future *promise = creel_future_create(), *last;
		record r = {.length = 0};
		note notes[] = {{&r, 'a', promise}, {&r, 'b', NULL}, {&r, 'c', NULL}};

		ck_assert_int_eq(creel_serial_post(serial, write_note, &notes[0]), CREEL_OK);
		creel_future_unref(creel_serial_submit(serial, write_note, &notes[1]));
		last = creel_serial_submit(serial, write_note, &notes[2]);
		counted_await_suspended(pool, 1);
		ck_assert_int_eq(r.length, 0);
		ck_assert_int_eq(creel_future_status(last), CREEL_EPENDING);
		creel_future_set_result(promise, NULL);
		ck_assert_int_eq(creel_take(last, NULL), CREEL_OK);
		ck_assert_str_eq(r.letters, "abc");
		creel_future_unref(promise);
		creel_serial_destroy(serial);
		creel_pool_destroy(pool);
	}
}
END_TEST

/* One worker, two serials that are put in one after the other: they take turns. */
START_TEST(two_serials_take_turns)
{
	enum { EACH = 50 };
	gate g = GATE_INIT;
	creel_pool *pool = pool_of(1);
	creel_serial *serials[] = {creel_serial_create(pool), creel_serial_create(pool)};
	record r = {.length = 0};
	note a = {&r, 'a', NULL}, b = {&r, 'b', NULL};

	ck_assert_int_eq(creel_post(pool, (creel_fn *)gate_task, &g), CREEL_OK);
	gate_await_arrivals(&g, 1);
	for (int i = 0; i < EACH; i++)
		ck_assert_int_eq(creel_serial_post(serials[0], write_note, &a), CREEL_OK);
	for (int i = 0; i < EACH; i++)
		ck_assert_int_eq(creel_serial_post(serials[1], write_note, &b), CREEL_OK);
	gate_open(&g);
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(r.length, 2 * EACH);
	for (int i = 0; i + 1 < r.length; i += 2)
		ck_assert_int_ne(r.letters[i], r.letters[i + 1]);
	creel_serial_destroy(serials[0]);
	creel_serial_destroy(serials[1]);
	creel_pool_destroy(pool);
}
END_TEST

/* The tasks of one serial count up what nobody else touches; half of them go to sleep in between. */
typedef struct counter {
	creel_serial *serial;
	int next, wrong;
} counter;

typedef struct step {
	counter *of;
	int number;
} step;

static void *
count_step(void *arg)
{
	const step *s = arg;

	s->of->wrong += s->of->next != s->number;
	if (s->number % 2)
		creel_sleep(0);
	s->of->wrong += s->of->next != s->number;
	s->of->next++;
	return NULL;
}

START_TEST(ten_thousand_over_a_hundred)
{
	enum { SERIALS = 100, MANY = 100 };
	const int each = SCALE_TIMES(MANY);
	static counter counters[SERIALS];
	static step steps[SERIALS][MANY];
	creel_pool *pool = pool_of(3);

	for (int i = 0; i < SERIALS; i++)
		counters[i] = (counter){creel_serial_create(pool), 0, 0};
	for (int n = 0; n < each; n++)
		for (int i = 0; i < SERIALS; i++) {
			steps[i][n] = (step){&counters[i], n};
			ck_assert_int_eq(
				creel_serial_post(counters[i].serial, count_step, &steps[i][n]),
				CREEL_OK);
		}
	for (int i = 0; i < SERIALS; i++)
		creel_serial_destroy(counters[i].serial); /* what is queued still runs */
	ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
	for (int i = 0; i < SERIALS; i++) {
		ck_assert_int_eq(counters[i].next, each);
		ck_assert_int_eq(counters[i].wrong, 0);
	}
	creel_pool_destroy(pool);
}
END_TEST

/* The first that is queued is with the pool, the second is not; one runs, and one has ended. */
START_TEST(a_cancel_in_each_state)
{
	creel_pool *pool = pool_of(1);
	creel_serial *serial = creel_serial_create(pool);
	creel_future *promise = creel_future_create(), *futures[4];
	gate g = GATE_INIT;
	record r = {.length = 0};
	note kept = {&r, 'k', NULL}, lost = {&r, 'l', NULL};

	ck_assert_int_eq(creel_post(pool, (creel_fn *)gate_task, &g), CREEL_OK);
	gate_await_arrivals(&g, 1);
	futures[0] = creel_serial_submit(serial, write_note, &lost); /* with the pool */
	futures[1] = creel_serial_submit(serial, write_note, &lost);
	futures[2] = creel_serial_submit(serial, counted_await, promise);
	futures[3] = creel_serial_submit(serial, write_note, &kept);
	ck_assert_int_eq(creel_future_cancel(futures[0]), CREEL_CANCEL_NOW);
	ck_assert_int_eq(creel_future_cancel(futures[1]), CREEL_CANCEL_NOW);
	ck_assert_int_eq(creel_await(futures[1], NULL), CREEL_ECANCELLED);
	gate_open(&g);
	counted_await_suspended(pool, 1);
	ck_assert_int_eq(creel_future_cancel(futures[2]), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_await(futures[2], NULL), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_await(futures[3], NULL), CREEL_OK);
	ck_assert_int_eq(creel_future_cancel(futures[3]), CREEL_CANCEL_TOO_LATE);
	ck_assert_str_eq(r.letters, "k");
	for (int i = 0; i < 4; i++)
		creel_future_unref(futures[i]);
	creel_future_unref(promise);
	creel_serial_destroy(serial);
	creel_pool_destroy(pool);
}
END_TEST

static void
drop_arg(void *arg)
{
	const note *n = arg;

	n->to->letters[n->to->length++] = 'd';
}

START_TEST(options_are_those_of_tasks)
{
	creel_pool *pool = pool_of(1);
	creel_serial *serial = creel_serial_create(pool);
	creel_task_options options = CREEL_TASK_OPTIONS_INIT;
	creel_future *promise = creel_future_create(), *dated;
	record r = {.length = 0};
	note notes[] = {{&r, 'a', promise}, {&r, 'b', NULL}, {&r, 'c', NULL}, {&r, 'e', NULL}};

	creel_future_unref(creel_serial_submit(serial, write_note, &notes[0]));
	options.priority = CREEL_PRIORITY_LOW;
	creel_future_unref(creel_serial_submit_with(serial, &options, write_note, &notes[1]));
	options.priority = CREEL_PRIORITY_HIGH;
	creel_future_unref(creel_serial_submit_with(serial, &options, write_note, &notes[2]));
	options.start_deadline = 1;
	options.arg_drop = drop_arg;
	dated = creel_serial_submit_with(serial, &options, write_note, &notes[3]);
	creel_future_set_result(promise, NULL);
	ck_assert_int_eq(creel_take(dated, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ETIMEDOUT);
	ck_assert_str_eq(r.letters, "abcd");
	options.start_deadline = -1;
	ck_assert_int_eq(
		creel_take(creel_serial_submit_with(serial, &options, write_note, &notes[0]), NULL),
		CREEL_EFAILED);
	ck_assert_str_eq(r.letters, "abcdd");
	creel_future_unref(promise);
	creel_serial_destroy(serial);
	creel_pool_destroy(pool);
}
END_TEST

/* Its tasks put in more behind themselves, and let go of the serial. */
static void *
put_in_next(void *arg)
{
	counter *c = arg;

	if (++c->next < 10)
		c->wrong += creel_serial_post(c->serial, put_in_next, c) != CREEL_OK;
	else
		creel_serial_destroy(c->serial);
	return NULL;
}

/* The pool is bounded and full, and no task from outside may start: these pass, for one that has started waits for them. */
static void *
await_a_serial(void *arg)
{
	counter *c = arg;
	creel_future *last;

	c->wrong += creel_serial_post(c->serial, put_in_next, c) != CREEL_OK;
	last = creel_serial_submit(c->serial, counted_do, c);
	c->wrong += creel_take(last, NULL) != CREEL_OK;
	return NULL;
}

START_TEST(a_limited_pool_has_room_for_them)
{
	for (size_t limit = 0; limit < 2; limit++) {
		gate g = GATE_INIT;
		creel_pool_options options = CREEL_POOL_OPTIONS_INIT;
		counter c = {.next = 0};
		creel_pool *pool;

		options.workers = 2;
		options.queue_limit = limit;
		options.max_started = 2;
		options.when_full = CREEL_FULL_FAIL;
		pool = creel_pool_create(&options);
		c.serial = creel_serial_create(pool);
		ck_assert_int_eq(creel_post(pool, (creel_fn *)gate_task, &g), CREEL_OK);
		gate_await_arrivals(&g, 1);
		ck_assert_int_eq(creel_pool_run(pool, await_a_serial, &c, NULL), CREEL_OK);
		gate_open(&g);
		ck_assert_int_eq(creel_pool_wait_idle(pool, CREEL_FOREVER), CREEL_OK);
		ck_assert_int_eq(c.next, 10);
		ck_assert_int_eq(c.wrong, 0);
		creel_pool_destroy(pool);
	}
}
END_TEST

static void
use_in_the_child(void *arg)
{
	creel_serial *serial = arg;
	creel_future *future = creel_serial_submit(serial, counted_do, NULL);

	child_expect(creel_future_error(future)->code == CREEL_ECLOSED);
	child_expect(creel_serial_post(serial, counted_do, NULL) == CREEL_ECLOSED);
	creel_future_unref(future);
	creel_serial_destroy(serial);
}

START_TEST(in_the_child_of_a_fork_it_is_closed)
{
	creel_pool *pool = pool_of(1);
	creel_serial *serial = creel_serial_create(pool);

	ck_assert(child_exited_with(child_run(use_in_the_child, serial), 0));
	creel_serial_destroy(serial);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.async.serial", each_begins_when_the_one_before_has_ended, two_serials_take_turns,
	ten_thousand_over_a_hundred, a_cancel_in_each_state, options_are_those_of_tasks,
	a_limited_pool_has_room_for_them, in_the_child_of_a_fork_it_is_closed)
