/* SPDX-License-Identifier: MIT */
/* test_virtual_clock.c: hours that pass at once: sleeps, timeouts, deadlines and timers by a clock that the test moves. */
#include "support/child.h"
#include "support/pools.h"
#include "support/suite.h"

#include <creel/creel.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#define HOUR CREEL_SECONDS(3600)

static void
await_sleepers(size_t n)
{
	while (creel_clock_sleepers() < n)
		sched_yield();
}

static void
pause_clock(void)
{
	ck_assert_int_eq(creel_clock_pause(), CREEL_OK);
}

static void
advance(creel_duration duration)
{
	ck_assert_int_eq(creel_clock_advance(duration), CREEL_OK);
}

/* A sleeper in any place: tells how long it was by creel's clock. */
typedef struct sleeper {
	creel_duration duration, took;
	creel_status status;
	atomic_int begun;
} sleeper;

static void *
sleep_long(void *arg)
{
	sleeper *s = arg;
	const int64_t began = creel_now();

	atomic_store(&s->begun, 1);
	s->status = creel_sleep(s->duration);
	s->took = creel_now() - began;
	return NULL;
}

START_TEST(it_stands_and_is_moved)
{
	int64_t now;

	ck_assert(!creel_clock_is_paused());
	pause_clock();
	ck_assert(creel_clock_is_paused());
	now = creel_now();
	ck_assert_int_eq(creel_now(), now);
	advance(HOUR);
	ck_assert_int_eq(creel_now(), now + HOUR);
	advance(0);
	ck_assert_int_eq(creel_now(), now + HOUR);
	ck_assert_int_eq(creel_clock_resume(), CREEL_OK);
	ck_assert(!creel_clock_is_paused());
	ck_assert_int_ge(creel_now(), now + HOUR);
	pause_clock(); /* again: it goes on from there */
	ck_assert_int_ge(creel_now(), now + HOUR);
	ck_assert_int_lt(creel_now(), now + 2 * HOUR);
}
END_TEST

START_TEST(misuse_is_answered)
{
	int64_t now;

	ck_assert_int_eq(creel_clock_advance(1), CREEL_ESTATE);
	ck_assert_int_eq(creel_clock_advance(-1), CREEL_EINVAL);
	ck_assert_int_eq(creel_clock_resume(), CREEL_ESTATE);
	ck_assert_uint_eq(creel_clock_sleepers(), 0);
	pause_clock();
	now = creel_now();
	ck_assert_int_eq(creel_clock_pause(), CREEL_ESTATE);
	ck_assert_int_eq(creel_clock_advance(-1), CREEL_EINVAL);
	ck_assert_int_eq(creel_clock_advance(CREEL_FOREVER), CREEL_EINVAL);
	ck_assert_int_eq(creel_now(), now);
	for (int i = 0; i < 80; i++) /* a year each: until it can go no further */
		creel_clock_advance(8760 * HOUR);
	ck_assert_int_ge(creel_now(), now + 60 * 8760 * HOUR);
	ck_assert_int_le(creel_now(), INT64_MAX / 4);
	ck_assert_int_eq(creel_clock_resume(), CREEL_OK);
	ck_assert_int_ge(creel_now(), now + 60 * 8760 * HOUR);
}
END_TEST

/* On a pool, a loop and a thread. */
START_TEST(an_hour_passes_at_once)
{
	creel_pool *pool = pool_of(1);
	creel_loop *loop = creel_loop_create(NULL);
	sleeper s[3];
	creel_future *tasks[2];
	pthread_t thread;

	pause_clock();
	for (int i = 0; i < 3; i++)
		s[i] = (sleeper){.duration = HOUR};
	tasks[0] = creel_submit(pool, sleep_long, &s[0]);
	tasks[1] = creel_loop_submit(loop, sleep_long, &s[1]);
	pthread_create(&thread, NULL, sleep_long, &s[2]);
	await_sleepers(3);
	advance(HOUR - 1);
	await_sleepers(3); /* all have looked, and sleep again */
	for (int i = 0; i < 2; i++)
		ck_assert(!creel_future_done(tasks[i]));
	advance(1);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
	pthread_join(thread, NULL);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(s[i].status, CREEL_OK);
		ck_assert_int_eq(s[i].took, HOUR);
	}
	creel_loop_destroy(loop);
	creel_pool_destroy(pool);
}
END_TEST

/* Those who slept by the system's clock when it was stopped. */
START_TEST(who_sleeps_already_is_caught)
{
	creel_pool *pool = pool_of(1);
	sleeper s[2] = {{.duration = HOUR}, {.duration = HOUR}};
	creel_future *task = creel_submit(pool, sleep_long, &s[0]);
	pthread_t thread;

	pthread_create(&thread, NULL, sleep_long, &s[1]);
	for (int i = 0; i < 2; i++)
		spin_until(&s[i].begun, 1);
	pause_clock();
	await_sleepers(2);
	advance(HOUR);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	pthread_join(thread, NULL);
	for (int i = 0; i < 2; i++)
		ck_assert_int_ge(s[i].took, HOUR);
	creel_pool_destroy(pool);
}
END_TEST

/* What is left of a sleep when the clock goes on comes by itself. */
START_TEST(who_sleeps_goes_on_when_it_does)
{
	creel_pool *pool = pool_of(1);
	sleeper s[2] = {{.duration = HOUR + CREEL_MILLISECONDS(5)},
		{.duration = HOUR + CREEL_MILLISECONDS(5)}};
	creel_future *task;
	pthread_t thread;

	pause_clock();
	task = creel_submit(pool, sleep_long, &s[0]);
	pthread_create(&thread, NULL, sleep_long, &s[1]);
	await_sleepers(2);
	advance(HOUR);
	await_sleepers(2);
	ck_assert_int_eq(creel_clock_resume(), CREEL_OK);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	pthread_join(thread, NULL);
	for (int i = 0; i < 2; i++)
		ck_assert_int_ge(s[i].took, s[i].duration);
	creel_pool_destroy(pool);
}
END_TEST

/* It stood for longer than it was moved: now it is behind the system's. */
START_TEST(it_may_fall_behind)
{
	struct timespec ts;
	sleeper s = {.duration = CREEL_MILLISECONDS(1)};
	const int64_t began = creel_now();

	pause_clock();
	do
		clock_gettime(CLOCK_MONOTONIC, &ts);
	while ((int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec < began + CREEL_MILLISECONDS(20));
	ck_assert_int_eq(creel_clock_resume(), CREEL_OK);
	sleep_long(&s);
	ck_assert_int_ge(s.took, s.duration);
	clock_gettime(CLOCK_MONOTONIC, &ts);
	ck_assert_int_lt(creel_now(), (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec);
}
END_TEST

/* Timers of a loop, in the order of their times. */
typedef struct timers {
	int order[4], n;
	atomic_int done;
} timers;

static timers called;

static void
note_call(void *arg)
{
	called.order[called.n++] = (int)(intptr_t)arg;
	atomic_store(&called.done, called.n);
}

static void *
set_timers(void *arg)
{
	static const int hours[] = {3, 1, 4, 2};

	for (int i = 0; i < 4; i++)
		creel_call_later(creel_current_loop(), hours[i] * HOUR, note_call,
			(void *)(intptr_t)hours[i], NULL);
	return arg;
}

START_TEST(timers_come_in_order)
{
	creel_loop *loop = creel_loop_create(NULL);

	pause_clock();
	ck_assert_int_eq(creel_take(creel_loop_submit(loop, set_timers, NULL), NULL), CREEL_OK);
	await_sleepers(1);
	advance(2 * HOUR);
	await_sleepers(1);
	ck_assert_int_eq(atomic_load(&called.done), 2);
	advance(10 * HOUR);
	spin_until(&called.done, 4);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(called.order[i], i + 1);
	creel_loop_destroy(loop);
}
END_TEST

/* Waits with a limit, by number. */
enum { WAIT_FOR, AWAIT_FOR, SCOPE, GROUP, STREAM, WAIT_FD, SHUTDOWN, LIMITS };

typedef struct limited {
	creel_pool *pool; /* another one */
	int how;
	creel_status status;
	atomic_int ended;
} limited;

static void *
await_for_ever(void *arg)
{
	creel_await(arg, NULL);
	return NULL;
}

static creel_status
give_promise(void *source, creel_stream_input *out)
{
	out->arg = source;
	return CREEL_OK;
}

static creel_status
wait_for_group(creel_pool *pool, creel_future *promise)
{
	creel_group_options options = CREEL_GROUP_OPTIONS_INIT;
	creel_group *group;
	creel_status status;

	options.pool = pool;
	options.timeout = HOUR;
	group = creel_group_create(&options);
	creel_future_unref(creel_group_submit(group, await_for_ever, promise));
	status = creel_group_join(group, CREEL_FOREVER);
	creel_group_destroy(group);
	return status;
}

static creel_status
wait_for_stream(creel_pool *pool, creel_future *promise)
{
	creel_stream *stream = creel_stream_map(pool, give_promise, promise, await_for_ever, NULL);
	creel_stream_item item;
	creel_status status = creel_stream_next(stream, HOUR, &item);

	creel_stream_destroy(stream);
	return status;
}

static creel_status
wait_for_descriptor(void)
{
	int ends[2];
	creel_status status;

	if (pipe(ends) != 0)
		return CREEL_ESYS;
	status = creel_wait_fd(ends[0], CREEL_READABLE, HOUR);
	close(ends[0]);
	close(ends[1]);
	return status;
}

static creel_status
wait_in_scope(creel_future *promise)
{
	creel_scope scope = CREEL_SCOPE_INIT;

	creel_scope_enter(&scope, HOUR);
	creel_await(promise, NULL);
	return creel_scope_leave(&scope);
}

static void *
wait_limited(void *arg)
{
	limited *l = arg;
	creel_future *promise = creel_future_create();

	switch (l->how) {
	case WAIT_FOR:
		l->status = creel_wait_for(promise, HOUR, NULL);
		break;
	case AWAIT_FOR:
		l->status = creel_await_for(promise, HOUR, NULL);
		break;
	case SCOPE:
		l->status = wait_in_scope(promise);
		break;
	case GROUP:
		l->status = wait_for_group(l->pool, promise);
		break;
	case STREAM:
		l->status = wait_for_stream(l->pool, promise);
		break;
	case WAIT_FD:
		l->status = wait_for_descriptor();
		break;
	case SHUTDOWN:
		creel_post(l->pool, await_for_ever, promise);
		l->status = creel_pool_wait_idle(l->pool, HOUR);
		creel_future_set_result(promise, NULL);
		creel_pool_wait_idle(l->pool, CREEL_FOREVER);
		break;
	default:
		break;
	}
	creel_future_unref(promise);
	atomic_store(&l->ended, 1);
	return NULL;
}

/* Each by a task, of a worker that has waited for a descriptor and of one that has not, and by a thread. */
START_TEST(limits_come)
{
	creel_pool *pool = pool_of(1), *other = pool_of(1);

	pause_clock();
	for (int how = 0; how < LIMITS; how++) {
		limited l[2] = {{other, how, CREEL_OK, 0}, {other, how, CREEL_OK, 0}};
		creel_future *task = creel_submit(pool, wait_limited, &l[0]);
		pthread_t thread;

		/* The group's deadline is waited for by its pool. */
		await_sleepers(1);
		advance(HOUR);
		ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
		ck_assert_int_eq(l[0].status, CREEL_ETIMEDOUT);
		pthread_create(&thread, NULL, wait_limited, &l[1]);
		if (how != WAIT_FD) /* which does not count; it looks by itself */
			await_sleepers(1);
		advance(HOUR);
		while (how == WAIT_FD && !atomic_load(&l[1].ended)) {
			sched_yield();
			advance(CREEL_SECONDS(1));
		}
		pthread_join(thread, NULL);
		ck_assert_int_eq(l[1].status, CREEL_ETIMEDOUT);
	}
	creel_pool_destroy(other);
	creel_pool_destroy(pool);
}
END_TEST

/* A loop that is served from outside is readable when its next timer is due. */
START_TEST(a_loop_within_another_is_rung)
{
	creel_loop_options options = CREEL_LOOP_OPTIONS_INIT;
	creel_loop *loop;
	struct pollfd item = {.events = POLLIN};

	options.flags = CREEL_LOOP_NO_THREAD;
	loop = creel_loop_create(&options);
	item.fd = creel_loop_fd(loop);
	if (item.fd >= 0) { /* else there is no epoll */
		pause_clock();
		creel_call_later(loop, HOUR, note_call, (void *)1, NULL);
		creel_loop_run_once(loop, 0);
		ck_assert_int_eq(poll(&item, 1, 0), 0);
		advance(HOUR);
		ck_assert_int_eq(poll(&item, 1, -1), 1);
		creel_loop_run_once(loop, 0);
		ck_assert_int_eq(called.n, 1);
	}
	creel_loop_destroy(loop);
}
END_TEST

/* What it controls in the parent is no matter to the child, whose clock stands where it stood. */
static void
move_in_child(void *arg)
{
	creel_pool *pool;
	sleeper s = {.duration = HOUR};
	creel_future *task;

	(void)arg;
	child_expect(creel_clock_is_paused() && creel_clock_sleepers() == 0);
	pool = pool_of(1);
	task = creel_submit(pool, sleep_long, &s);
	await_sleepers(1);
	child_expect(creel_clock_advance(HOUR) == CREEL_OK);
	child_expect(creel_take(task, NULL) == CREEL_OK && s.took == HOUR);
	creel_pool_destroy(pool);
}

START_TEST(a_fork_child_has_its_own)
{
	creel_pool *pool = pool_of(1);
	sleeper s = {.duration = HOUR};
	creel_future *task;

	pause_clock();
	task = creel_submit(pool, sleep_long, &s);
	await_sleepers(1);
	ck_assert(child_exited_with(child_run(move_in_child, NULL), 0));
	ck_assert(!creel_future_done(task));
	advance(HOUR);
	ck_assert_int_eq(creel_take(task, NULL), CREEL_OK);
	creel_pool_destroy(pool);
}
END_TEST

/* Stopped, moved and let go while others begin and end their sleeps: none is lost. */
static void *
sleep_often(void *arg)
{
	for (int i = 0; i < 100; i++)
		creel_sleep(CREEL_MICROSECONDS(20));
	return arg;
}

START_TEST(no_wake_up_is_lost)
{
	creel_pool *pool = pool_of(2);
	creel_future *tasks[2];
	pthread_t thread;

	for (int i = 0; i < 2; i++)
		tasks[i] = creel_submit(pool, sleep_often, NULL);
	pthread_create(&thread, NULL, sleep_often, NULL);
	for (int i = 0; i < 200; i++) {
		pause_clock();
		for (int j = 0; j < 5; j++)
			advance(CREEL_MICROSECONDS(7));
		ck_assert_int_eq(creel_clock_resume(), CREEL_OK);
	}
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(creel_take(tasks[i], NULL), CREEL_OK);
	pthread_join(thread, NULL);
	ck_assert_uint_eq(creel_clock_sleepers(), 0);
	creel_pool_destroy(pool);
}
END_TEST

CREEL_SUITE("creel.facade.virtual_clock", it_stands_and_is_moved, misuse_is_answered,
	an_hour_passes_at_once, who_sleeps_already_is_caught, who_sleeps_goes_on_when_it_does,
	it_may_fall_behind, timers_come_in_order, limits_come, a_loop_within_another_is_rung,
	a_fork_child_has_its_own, no_wake_up_is_lost)
