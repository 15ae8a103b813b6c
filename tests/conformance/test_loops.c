/* SPDX-License-Identifier: MIT */
/* test_loops.c: CPython's cases of running a loop and of threads called from it, by their names there. */
#include "loop/loops.h"
#include "support/suite.h"

#include <poll.h>
#include <unistd.h>

int __real_pthread_cond_timedwait(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
int __wrap_pthread_cond_timedwait(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
int __real_ppoll(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
int __wrap_ppoll(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);

/* How often the loop went to sleep, with descriptors to watch and without. */
static int polls, parks;

int
__wrap_pthread_cond_timedwait(
	pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until)
{
	parks++;
	return __real_pthread_cond_timedwait(cond, mutex, until);
}

int
__wrap_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *signals)
{
	polls++;
	return __real_ppoll(fds, n, timeout, signals);
}

/* 3.15 "call_soon_non_callable": no function is refused, by whatever way, and nothing is scheduled */
START_TEST(call_soon_non_callable)
{
	creel_loop *loop = loop_without_thread();
	creel_handle *handle = NULL;

	ck_assert_int_eq(creel_call_soon(loop, NULL, NULL, &handle), CREEL_EINVAL);
	ck_assert_int_eq(creel_call_soon_threadsafe(loop, NULL, NULL, &handle), CREEL_EINVAL);
	ck_assert_int_eq(creel_call_later(loop, 0, NULL, NULL, &handle), CREEL_EINVAL);
	ck_assert_int_eq(creel_call_at(loop, creel_now(), NULL, NULL, &handle), CREEL_EINVAL);
	ck_assert_ptr_null(handle);
	ck_assert_int_eq(run_out(loop), 0);
	creel_loop_destroy(loop);
}
END_TEST

static void
note_and_add(void *arg)
{
	note(arg);
	creel_call_soon(creel_current_loop(), note, pointer_of('z'), NULL);
}

/* 3.15 "run_forever_pre_stopped": one turn: what is ready is called, nothing is waited for */
START_TEST(run_forever_pre_stopped)
{
	creel_loop *loop = loop_without_thread();

	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_ETIMEDOUT);
	creel_call_soon(loop, note_and_add, pointer_of('a'), NULL);
	creel_call_soon(loop, note, pointer_of('b'), NULL);
	creel_call_later(loop, CREEL_SECONDS(1000), note, pointer_of('t'), NULL);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
	ck_assert_str_eq(noted, "ab");
	creel_loop_destroy(loop);
}
END_TEST

static void *
sleep_less_and_less(void *arg)
{
	static const creel_duration sleeps[] = {10000000, 100000, 1000, 10, 1};

	for (int i = 0; i < 5; i++)
		if (creel_sleep(sleeps[i]) != CREEL_OK)
			return creel_fail(1, "sleep %d", i);
	return arg;
}

/* How many turns five sleeps take. */
static int
turns_of_sleeps(creel_loop *loop)
{
	creel_future *task = creel_loop_submit(loop, sleep_less_and_less, pointer_of(1));
	int turns = 0;

	for (; !creel_future_done(task); turns++)
		creel_loop_run_once(loop, CREEL_FOREVER);
	ck_assert_int_eq(take_number(task), 1);
	return turns;
}

static int ends[2];

/* 3.15 "timeout_rounding": sleeps shorter than a poller can tell are no busy loop: a turn each, slept through once or
 * twice, whether the loop watches descriptors or not */
START_TEST(timeout_rounding)
{
	creel_loop *loop = loop_without_thread();

	ck_assert_int_le(turns_of_sleeps(loop), 20);
	ck_assert_int_ge(parks, 1);
	ck_assert_int_le(parks, 20);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(creel_loop_add_reader(loop, ends[0], note, NULL), CREEL_OK);
	ck_assert_int_le(turns_of_sleeps(loop), 20);
	ck_assert_int_ge(polls, 1);
	ck_assert_int_le(polls, 20);
	creel_loop_destroy(loop);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

static void *
read_for_ever(void *arg)
{
	(void)arg;
	return pointer_of(creel_wait_fd(ends[0], CREEL_READABLE, CREEL_FOREVER));
}

/* By a task: cancel the one in the argument as soon as it waits, and await it. */
static void *
cancel_and_await(void *arg)
{
	void *status = NULL;

	creel_sleep(0);
	creel_future_cancel(arg);
	creel_await(arg, &status);
	return status;
}

/* 3.15 "prompt_cancellation": who waits for a descriptor is told in the next turns, without any waiting of the loop */
START_TEST(prompt_cancellation)
{
	creel_loop *loop = loop_without_thread();
	creel_future *reader, *main_task;

	ck_assert_int_eq(pipe(ends), 0);
	reader = creel_loop_submit(loop, read_for_ever, NULL);
	main_task = creel_loop_submit(loop, cancel_and_await, reader);
	for (int turns = 0; turns < 8; turns++)
		creel_loop_run_once(loop, 0);
	ck_assert(creel_future_done(main_task));
	ck_assert_int_eq(take_number(main_task), CREEL_ECANCELLED);
	creel_future_unref(reader);
	creel_loop_destroy(loop);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

typedef struct call {
	atomic_int times;
	int number;
	const char *text;
	void *came;  /* the argument that came */
	bool intact; /* and what is in it */
} call;

static void *
be_called(void *arg)
{
	call *c = arg;

	atomic_fetch_add(&c->times, 1);
	c->came = arg;
	c->intact = c->number == 1 && c->text[0] == 'x';
	return c;
}

static void *
call_once(void *arg)
{
	void *value = NULL;

	return creel_take(creel_to_thread(be_called, arg), &value) == CREEL_OK ? value : NULL;
}

/* 3.15 "to_thread: to_thread_once": called once
   3.15 "to_thread: to_thread_args_kwargs": with its argument, untouched; the value comes back untouched, too */
START_TEST(to_thread_once)
{
	call c = {.number = 1, .text = "x"};
	void *value = NULL;

	ck_assert_int_eq(creel_run(call_once, &c, &value), CREEL_OK);
	ck_assert_int_eq(atomic_load(&c.times), 1);
	ck_assert_ptr_eq(c.came, &c);
	ck_assert(c.intact);
	ck_assert_ptr_eq(value, &c);
}
END_TEST

CREEL_SUITE("creel.conformance.loops", call_soon_non_callable, run_forever_pre_stopped,
	timeout_rounding, prompt_cancellation, to_thread_once)
