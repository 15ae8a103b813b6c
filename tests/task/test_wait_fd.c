/* SPDX-License-Identifier: MIT */
/* test_wait_fd.c: waiting for a descriptor: on a loop, on a pool, on a plain thread. */
#include "loop/pipes.h"
#include "support/fake_clock.h"
#include "support/suite.h"

#include <signal.h>

/* A wait of a task. */
typedef struct wait {
	int fd;
	unsigned events;
	creel_duration timeout;
} wait;

static void *
wait_task(void *arg)
{
	const wait *w = arg;

	return pointer_of(creel_wait_fd(w->fd, w->events, w->timeout));
}

static wait
until_readable(int fd)
{
	return (wait){fd, CREEL_READABLE, CREEL_FOREVER};
}

START_TEST(a_task_of_a_loop)
{
	creel_loop *loop = loop_without_thread();
	pair p = make_pair();
	wait w = until_readable(p.near);
	creel_future *task = creel_loop_submit(loop, wait_task, &w);

	ck_assert_int_eq(run_out(loop), 1);
	write_byte(p.far);
	ck_assert_int_eq(run_out(loop), 1);
	ck_assert_int_eq(take_number(task), CREEL_OK);
	ck_assert_int_eq(run_out(loop), 0); /* nobody waits any more */
	creel_loop_destroy(loop);
	close_pair(p);
}
END_TEST

/* The worker goes on with other tasks meanwhile. */
START_TEST(a_task_of_a_pool)
{
	creel_pool *pool = pool_of(1);
	pair p = make_pair();
	wait w = until_readable(p.near);
	creel_future *task = creel_submit(pool, wait_task, &w);

	settle(pool);
	ck_assert(!creel_future_done(task));
	write_byte(p.far);
	ck_assert_int_eq(take_number(task), CREEL_OK);
	creel_pool_destroy(pool);
	close_pair(p);
}
END_TEST

static atomic_bool heard;

static void *
hear(void *arg)
{
	void *status = wait_task(arg);

	atomic_store(&heard, true);
	return status;
}

/* Posts itself again, until somebody has heard. */
static void *
be_busy(void *arg)
{
	if (!atomic_load(&heard))
		ck_assert_int_eq(creel_post(creel_current_pool(), be_busy, arg), CREEL_OK);
	return arg;
}

/* A worker that always has something to do looks at its descriptors all the same. */
START_TEST(a_busy_worker_looks)
{
	creel_pool *pool = pool_of(1);
	pair p = make_pair();
	wait w = until_readable(p.near);
	creel_future *task = creel_submit(pool, hear, &w);

	settle(pool);
	creel_post(pool, be_busy, NULL);
	write_byte(p.far);
	ck_assert_int_eq(take_number(task), CREEL_OK);
	creel_pool_destroy(pool);
	close_pair(p);
}
END_TEST

/* Jobs from outside wake a worker that sleeps in its poller: none is lost. */
START_TEST(a_sleeping_worker_is_woken)
{
	creel_pool *pool = pool_of(2);
	pair p = make_pair();
	wait w = until_readable(p.near);
	creel_future *tasks[2];

	for (int i = 0; i < 2; i++)
		tasks[i] = creel_submit(pool, wait_task, &w);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(creel_pool_run(pool, same, NULL, NULL), CREEL_OK);
	write_byte(p.far);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(take_number(tasks[i]), CREEL_OK);
	creel_pool_destroy(pool);
	close_pair(p);
}
END_TEST

static void *
write_soon(void *arg)
{
	linger(NULL);
	write_byte(*(int *)arg);
	return NULL;
}

START_TEST(a_plain_thread)
{
	pair p = make_pair();
	pthread_t thread;

	ck_assert_int_eq(creel_wait_fd(p.near, CREEL_READABLE, 0), CREEL_ETIMEDOUT);
	ck_assert_int_eq(
		creel_wait_fd(p.near, CREEL_READABLE, CREEL_MILLISECONDS(1)), CREEL_ETIMEDOUT);
	pthread_create(&thread, NULL, write_soon, &p.far);
	ck_assert_int_eq(creel_wait_fd(p.near, CREEL_READABLE, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_wait_fd(p.near, CREEL_READABLE, 0), CREEL_OK);
	pthread_join(thread, NULL);
	close_pair(p);
}
END_TEST

static atomic_int handled;

static void
handle(int number)
{
	(void)number;
	atomic_fetch_add(&handled, 1);
}

typedef struct interrupter {
	pthread_t target;
	int fd;
} interrupter;

static void *
interrupt_then_write(void *arg)
{
	const interrupter *i = arg;

	/* One after the other: of two that are pending one is lost. */
	for (int n = 0; n < 3; n++) {
		linger(NULL);
		pthread_kill(i->target, SIGUSR1);
		while (atomic_load(&handled) == n)
			sched_yield();
	}
	write_byte(i->fd);
	return NULL;
}

/* A signal does not end the wait. */
START_TEST(a_plain_thread_is_interrupted)
{
	pair p = make_pair();
	interrupter i = {pthread_self(), p.far};
	pthread_t thread;

	signal(SIGUSR1, handle);
	pthread_create(&thread, NULL, interrupt_then_write, &i);
	ck_assert_int_eq(creel_wait_fd(p.near, CREEL_READABLE, CREEL_SECONDS(100)), CREEL_OK);
	pthread_join(thread, NULL);
	ck_assert_int_eq(atomic_load(&handled), 3);
	close_pair(p);
}
END_TEST

/* One waits to read, two to write, one for either; each hears what it waits for. */
START_TEST(several_for_one)
{
	creel_loop *loop = loop_without_thread();
	pair p = make_pair();
	char bytes[4096] = {0};
	wait waits[] = {until_readable(p.near), {p.near, CREEL_WRITABLE, CREEL_FOREVER},
		{p.near, CREEL_READABLE | CREEL_WRITABLE, CREEL_FOREVER}};
	creel_future *tasks[3];

	while (write(p.near, bytes, sizeof bytes) > 0)
		;
	for (int i = 0; i < 3; i++)
		tasks[i] = creel_loop_submit(loop, wait_task, &waits[i]);
	run_out(loop);
	write_byte(p.far);
	run_out(loop);
	ck_assert(creel_future_done(tasks[0]) && creel_future_done(tasks[2]));
	ck_assert(!creel_future_done(tasks[1]));
	while (read(p.far, bytes, sizeof bytes) > 0)
		;
	run_out(loop);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(take_number(tasks[i]), CREEL_OK);
	creel_loop_destroy(loop);
	close_pair(p);
}
END_TEST

START_TEST(time_is_up)
{
	creel_pool *pool;
	pair p = make_pair();
	wait w = {p.near, CREEL_READABLE, CREEL_SECONDS(1)};
	creel_future *task;

	fake_clock_start();
	pool = pool_of(1);
	task = creel_submit(pool, wait_task, &w);
	fake_clock_await_sleepers(1);
	fake_clock_step(CREEL_SECONDS(1) - 1);
	fake_clock_await_sleepers(1);
	ck_assert(!creel_future_done(task));
	fake_clock_step(1);
	ck_assert_int_eq(take_number(task), CREEL_ETIMEDOUT);
	creel_pool_destroy(pool);
	close_pair(p);
}
END_TEST

START_TEST(cancelled)
{
	creel_loop *loop = loop_without_thread();
	pair p = make_pair();
	wait w = until_readable(p.near);
	creel_future *task = creel_loop_submit(loop, wait_task, &w);

	run_out(loop);
	ck_assert_int_eq(creel_future_cancel(task), CREEL_CANCEL_REQUESTED);
	run_out(loop);
	ck_assert_int_eq(take_number(task), CREEL_ECANCELLED);
	write_byte(p.far);
	ck_assert_int_eq(run_out(loop), 0);
	creel_loop_destroy(loop);
	close_pair(p);
}
END_TEST

static void *
cancel_self_and_wait(void *arg)
{
	const int fd = *(int *)arg;

	creel_future_cancel(creel_current());
	if (creel_wait_fd(fd, CREEL_WRITABLE, 0) != CREEL_OK) /* what is ready is told */
		return pointer_of(1);
	if (creel_wait_fd(fd, CREEL_READABLE, 0) != CREEL_ECANCELLED)
		return pointer_of(2);
	return creel_wait_fd(fd, CREEL_READABLE, 0) == CREEL_ETIMEDOUT ? NULL : pointer_of(3);
}

START_TEST(a_request_that_waits)
{
	creel_pool *pool = pool_of(1);
	pair p = make_pair();

	ck_assert_int_eq(take_number(creel_submit(pool, cancel_self_and_wait, &p.near)), 0);
	creel_pool_destroy(pool);
	close_pair(p);
}
END_TEST

static pair of_callback;

static void
wait_in_callback(void *arg)
{
	int *statuses = arg;

	statuses[0] = (int)creel_wait_fd(of_callback.near, CREEL_READABLE, CREEL_FOREVER);
	statuses[1] = (int)creel_wait_fd(of_callback.near, CREEL_WRITABLE, CREEL_FOREVER);
}

START_TEST(not_in_a_callback)
{
	creel_loop *loop = loop_without_thread();
	int statuses[2] = {-1, -1};

	of_callback = make_pair();
	creel_call_soon(loop, wait_in_callback, statuses, NULL);
	run_out(loop);
	ck_assert_int_eq(statuses[0], CREEL_EDEADLK);
	ck_assert_int_eq(statuses[1], CREEL_OK);
	creel_loop_destroy(loop);
	close_pair(of_callback);
}
END_TEST

START_TEST(what_is_refused)
{
	pair p = make_pair();
	const int file = open("/proc/self/exe", O_RDONLY);

	ck_assert_int_eq(creel_wait_fd(-1, CREEL_READABLE, 0), CREEL_EINVAL);
	ck_assert_int_eq(creel_wait_fd(p.near, 0, 0), CREEL_EINVAL);
	ck_assert_int_eq(creel_wait_fd(p.near, 4, 0), CREEL_EINVAL);
	ck_assert_int_eq(creel_wait_fd(p.near, CREEL_READABLE, -1), CREEL_EINVAL);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	ck_assert_int_eq(creel_wait_fd(file, CREEL_READABLE, CREEL_FOREVER), CREEL_OK);
	close(file);
	ck_assert_int_eq(creel_wait_fd(file, CREEL_READABLE, CREEL_FOREVER), CREEL_EINVAL);
	close_pair(p);
}
END_TEST

CREEL_SUITE("creel.task.wait_fd" POLLER_NAME, a_task_of_a_loop, a_task_of_a_pool,
	a_busy_worker_looks, a_sleeping_worker_is_woken, a_plain_thread,
	a_plain_thread_is_interrupted, several_for_one, time_is_up, cancelled, a_request_that_waits,
	not_in_a_callback, what_is_refused)
