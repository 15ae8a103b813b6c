/* SPDX-License-Identifier: MIT */
/* test_semaphores.c: CPython's cases of semaphores. */
#include "conformance/callers.h"
#include "support/suite.h"

static void *
acquire(void *arg)
{
	caller *c = arg;

	return caller_got(c, creel_semaphore_acquire(c->object, caller_limit(c)));
}

static creel_semaphore *
semaphore_of(size_t permits)
{
	creel_semaphore *semaphore = creel_semaphore_create(permits);

	ck_assert_ptr_nonnull(semaphore);
	ck_assert_uint_eq(creel_semaphore_value(semaphore), permits);
	return semaphore;
}

/* 3.14 "Semaphore: initial_value_zero": there is none to be had */
START_TEST(initial_value_zero)
{
	creel_semaphore *semaphore = semaphore_of(0);

	ck_assert_int_eq(creel_semaphore_acquire(semaphore, 0), CREEL_ETIMEDOUT);
	creel_semaphore_destroy(semaphore);
}
END_TEST

/* 3.14 "Semaphore: semaphore_value": a negative number is CREEL_EINVAL */
START_TEST(semaphore_value)
{
	ck_assert_ptr_null(creel_semaphore_create((size_t)-1));
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	ck_assert_ptr_null(creel_semaphore_create_bounded((size_t)-1));
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
}
END_TEST

/* 3.14 "Semaphore: acquire": as many as there are permits go on at once, the others one for each release, in
 * their order */
START_TEST(semaphore_acquire)
{
	creel_semaphore *semaphore = semaphore_of(3);
	caller c[4];

	ck_ok(creel_semaphore_acquire(semaphore, 0));
	ck_ok(creel_semaphore_acquire(semaphore, 0));
	ck_assert_uint_eq(creel_semaphore_value(semaphore), 1);
	callers_begin();
	callers_start(c, 4, acquire, semaphore);
	callers_settle();
	ck_assert_str_eq(said, "a");
	ck_assert_uint_eq(creel_semaphore_value(semaphore), 0);
	ck_ok(creel_semaphore_release(semaphore));
	ck_ok(creel_semaphore_release(semaphore));
	ck_assert_uint_eq(creel_semaphore_value(semaphore), 0);
	callers_settle();
	ck_assert_str_eq(said, "abc");
	ck_assert(caller_waits(&c[3]));
	ck_ok(creel_semaphore_release(semaphore));
	for (int i = 0; i < 4; i++)
		ck_ok(caller_end(&c[i]));
	ck_assert_str_eq(said, "abcd");
	ck_assert_uint_eq(creel_semaphore_value(semaphore), 0);
	callers_end();
	creel_semaphore_destroy(semaphore);
}
END_TEST

/* 3.14 "Semaphore: acquire_cancel": CREEL_ECANCELLED, and nobody waits any more */
START_TEST(acquire_cancel)
{
	creel_semaphore *semaphore = semaphore_of(0);
	caller c;

	callers_begin();
	callers_start(&c, 1, acquire, semaphore);
	callers_settle();
	caller_cancel(&c);
	ck_assert_int_eq(caller_end(&c), CREEL_ECANCELLED);
	ck_ok(creel_semaphore_release(semaphore));
	ck_assert_uint_eq(creel_semaphore_value(semaphore), 1);
	callers_end();
	creel_semaphore_destroy(semaphore);
}
END_TEST

/* 3.14 "Semaphore: acquire_cancel_before_awoken": the permit goes to the first who was not cancelled */
START_TEST(acquire_cancel_before_awoken)
{
	creel_semaphore *semaphore = semaphore_of(0);
	caller c[4];

	callers_begin();
	callers_start(c, 4, acquire, semaphore);
	callers_settle();
	caller_cancel(&c[0]);
	caller_cancel(&c[1]);
	callers_settle();
	ck_ok(creel_semaphore_release(semaphore));
	callers_settle();
	ck_assert_str_eq(said, "c");
	ck_assert(caller_waits(&c[3]));
	caller_cancel(&c[3]);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(caller_end(&c[i]), i == 2 ? CREEL_OK : CREEL_ECANCELLED);
	callers_end();
	creel_semaphore_destroy(semaphore);
}
END_TEST

/* 3.14 "Semaphore: acquire_hang": a cancellation and a release at once: the permit is not lost. Who was
 * cancelled has it, and gives it to the next */
START_TEST(acquire_hang)
{
	creel_semaphore *semaphore = semaphore_of(0);
	caller c[2];

	callers_begin();
	callers_start(c, 2, acquire, semaphore);
	callers_settle();
	callers_hold();
	caller_cancel(&c[0]);
	ck_ok(creel_semaphore_release(semaphore));
	callers_let_go();
	ck_ok(caller_end(&c[0]));
	ck_assert(c[0].requested);
	ck_assert(caller_waits(&c[1]));
	ck_ok(creel_semaphore_release(semaphore));
	ck_ok(caller_end(&c[1]));
	ck_assert_uint_eq(creel_semaphore_value(semaphore), 0);
	callers_end();
	creel_semaphore_destroy(semaphore);
}
END_TEST

static void *
use_then_cancel(void *arg)
{
	caller *c = arg;
	const caller *other = c->item;

	acquire(c);
	creel_sleep(0);
	creel_semaphore_release(c->object);
	creel_future_cancel(other->task);
	return c;
}

static void *
use(void *arg)
{
	caller *c = arg;

	acquire(c);
	if (c->status == CREEL_OK)
		creel_semaphore_release(c->object);
	return c;
}

/* 3.14 "Semaphore: acquire_no_hang": who is cancelled when it has just been given the permit does not keep it */
START_TEST(acquire_no_hang)
{
	creel_semaphore *semaphore = semaphore_of(1);
	caller second = {.object = semaphore, .name = 'b'};
	caller first = {.object = semaphore, .name = 'a', .item = &second};

	callers_begin();
	callers_hold();
	caller_start(&first, use_then_cancel);
	caller_start(&second, use);
	callers_let_go();
	ck_ok(caller_end(&first));
	ck_ok(caller_end(&second));
	ck_assert(second.requested);
	ck_ok(creel_semaphore_acquire(semaphore, CREEL_SECONDS(1)));
	callers_end();
	creel_semaphore_destroy(semaphore);
}
END_TEST

/* 3.14 "Semaphore: release_not_acquired": of a bounded one it is CREEL_ESTATE, and changes nothing */
START_TEST(release_not_acquired)
{
	creel_semaphore *semaphore = creel_semaphore_create_bounded(1);

	ck_assert_int_eq(creel_semaphore_release(semaphore), CREEL_ESTATE);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ESTATE);
	ck_assert_uint_eq(creel_semaphore_value(semaphore), 1);
	ck_ok(creel_semaphore_acquire(semaphore, 0));
	ck_ok(creel_semaphore_release(semaphore));
	creel_semaphore_destroy(semaphore);
}
END_TEST

/* 3.14 "Semaphore: release_no_waiters": the permit can be had again */
START_TEST(release_no_waiters)
{
	creel_semaphore *semaphore = semaphore_of(1);

	ck_ok(creel_semaphore_acquire(semaphore, 0));
	ck_assert_uint_eq(creel_semaphore_value(semaphore), 0);
	ck_ok(creel_semaphore_release(semaphore));
	ck_assert_uint_eq(creel_semaphore_value(semaphore), 1);
	creel_semaphore_destroy(semaphore);
}
END_TEST

/* Two times, each with a turn of the others in between. The second is said in capitals. */
static void *
use_twice(void *arg)
{
	caller *c = arg;

	for (int i = 0; i < 2; i++) {
		acquire(c);
		creel_sleep(0);
		creel_semaphore_release(c->object);
		c->name = (char)(c->name - 'a' + 'A');
	}
	return c;
}

/* 3.14 "Semaphore: acquire_fifo_order": who comes again waits behind those who were there */
START_TEST(acquire_fifo_order)
{
	creel_semaphore *semaphore = semaphore_of(0);
	caller c[3];

	callers_begin();
	callers_start(c, 3, use_twice, semaphore);
	callers_settle();
	ck_ok(creel_semaphore_release(semaphore));
	for (int i = 0; i < 3; i++)
		ck_ok(caller_end(&c[i]));
	ck_assert_str_eq(said, "abcABC");
	callers_end();
	creel_semaphore_destroy(semaphore);
}
END_TEST

/* Takes a permit, gives it back and takes another, which is said as 'd'. */
static void *
take_again(void *arg)
{
	caller *c = arg;

	acquire(c);
	creel_semaphore_release(c->object);
	c->name = 'd';
	return acquire(c);
}

/* 3.14 "Semaphore: acquire_fifo_order_2": who releases and acquires at once waits behind the next */
START_TEST(acquire_fifo_order_2)
{
	creel_semaphore *semaphore = semaphore_of(1);
	caller c[3];

	callers_begin();
	caller_start_named(&c[0], 'a', acquire, semaphore);
	caller_start_named(&c[1], 'b', take_again, semaphore);
	caller_start_named(&c[2], 'c', acquire, semaphore);
	callers_settle();
	ck_assert_str_eq(said, "a");
	ck_ok(creel_semaphore_release(semaphore));
	callers_settle();
	ck_assert_str_eq(said, "abc");
	ck_ok(creel_semaphore_release(semaphore));
	for (int i = 0; i < 3; i++)
		ck_ok(caller_end(&c[i]));
	ck_assert_str_eq(said, "abcd");
	callers_end();
	creel_semaphore_destroy(semaphore);
}
END_TEST

/* 3.14 "Semaphore: acquire_fifo_order_3": two releases after a cancellation reach the two behind, in order */
START_TEST(acquire_fifo_order_3)
{
	creel_semaphore *semaphore = semaphore_of(0);
	caller c[3];

	callers_begin();
	callers_start(c, 3, acquire, semaphore);
	callers_settle();
	caller_cancel(&c[0]);
	callers_settle();
	ck_ok(creel_semaphore_release(semaphore));
	ck_ok(creel_semaphore_release(semaphore));
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(caller_end(&c[i]), i == 0 ? CREEL_ECANCELLED : CREEL_OK);
	ck_assert_str_eq(said, "bc");
	callers_end();
	creel_semaphore_destroy(semaphore);
}
END_TEST

static void *
release_three(void *arg)
{
	caller *c = arg;

	for (int i = 0; i < 3; i++)
		creel_semaphore_release(c->object);
	c->index = creel_semaphore_value(c->object);
	return acquire(c);
}

/* 3.14 "Semaphore: acquire_fifo_order_4": of three permits the first is handed to who waits, and the others can
 * be had without waiting: he who comes then does not wait for the first to run */
START_TEST(acquire_fifo_order_4)
{
	creel_semaphore *semaphore = semaphore_of(0);
	caller c[3];

	callers_begin();
	callers_start(c, 1, acquire, semaphore);
	callers_settle();
	caller_start_named(&c[1], 'b', release_three, semaphore);
	caller_start_named(&c[2], 'c', acquire, semaphore);
	for (int i = 0; i < 3; i++)
		ck_ok(caller_end(&c[i]));
	ck_assert_uint_eq(c[1].index, 2);
	ck_assert_uint_eq(creel_semaphore_value(semaphore), 0);
	ck_assert_uint_eq(strlen(said), 3);
	callers_end();
	creel_semaphore_destroy(semaphore);
}
END_TEST

CREEL_SUITE("creel.conformance.semaphores", initial_value_zero, semaphore_value, semaphore_acquire,
	acquire_cancel, acquire_cancel_before_awoken, acquire_hang, acquire_no_hang,
	release_not_acquired, release_no_waiters, acquire_fifo_order, acquire_fifo_order_2,
	acquire_fifo_order_3, acquire_fifo_order_4)
