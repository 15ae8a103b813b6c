/* SPDX-License-Identifier: MIT */
/* test_embed.c: creel_loop_fd(): readable when a loop without a thread has something to do. */
#include "loop/pipes.h"
#include "support/child.h"
#include "support/proc.h"
#include "support/suite.h"

#include <poll.h>

#ifdef __linux__

/* Is it readable, at once or within so many milliseconds? */
static bool
is_readable(int fd, int timeout)
{
	struct pollfd item = {.fd = fd, .events = POLLIN};

	return poll(&item, 1, timeout) == 1;
}

/* As a foreign loop does: a turn whenever it is readable; how many. */
static int
serve(creel_loop *loop, int fd)
{
	int turns = 0;

	while (is_readable(fd, 0)) {
		creel_loop_run_once(loop, 0);
		turns++;
	}
	return turns;
}

static creel_loop *
offered_loop(int *fd)
{
	creel_loop *loop = loop_without_thread();

	*fd = creel_loop_fd(loop);
	ck_assert_int_ge(*fd, 0);
	ck_assert(!is_readable(*fd, 0));
	return loop;
}

static void *
post_note(void *arg)
{
	ck_assert_int_eq(creel_call_soon_threadsafe(arg, note, pointer_of('p'), NULL), CREEL_OK);
	return NULL;
}

START_TEST(posts)
{
	int fd;
	creel_loop *loop = offered_loop(&fd);

	for (int i = 0; i < 3; i++) {
		on_a_thread(post_note, loop);
		ck_assert(is_readable(fd, 0));
		ck_assert_int_ge(serve(loop, fd), 1);
	}
	ck_assert_str_eq(noted, "ppp");
	creel_call_soon(loop, note, pointer_of('s'), NULL);
	ck_assert(is_readable(fd, 0));
	serve(loop, fd);
	ck_assert_str_eq(noted, "ppps");
	creel_loop_destroy(loop);
}
END_TEST

/* What was there before the descriptor counts. */
START_TEST(what_was_there_before)
{
	creel_loop *loop = loop_without_thread();
	int fd;

	creel_call_soon(loop, note, pointer_of('a'), NULL);
	fd = creel_loop_fd(loop);
	ck_assert_int_eq(creel_loop_fd(loop), fd);
	ck_assert(is_readable(fd, 0));
	serve(loop, fd);
	ck_assert_str_eq(noted, "a");
	creel_loop_destroy(loop);
}
END_TEST

static void *
yield_twice(void *arg)
{
	for (int i = 0; i < 2; i++) {
		note(arg);
		creel_sleep(0);
	}
	return arg;
}

/* Tasks that are ready, and that somebody outside makes ready. */
START_TEST(tasks)
{
	int fd;
	creel_loop *loop = offered_loop(&fd);
	creel_future *promise = creel_future_create();
	creel_future *task = creel_loop_submit(loop, await_it, promise);

	creel_future_unref(creel_loop_submit(loop, yield_twice, pointer_of('y')));
	serve(loop, fd);
	ck_assert_str_eq(noted, "yy");
	ck_assert(!creel_future_done(task));
	creel_future_set_result(promise, NULL);
	ck_assert(is_readable(fd, 0));
	serve(loop, fd);
	ck_assert_int_eq(take_number(task), CREEL_OK);
	creel_future_unref(promise);
	creel_loop_destroy(loop);
}
END_TEST

/* Made by the owner when the loop does not run, and by a callback when it does. */
static void
note_and_go_on(void *arg)
{
	note(pointer_of('t'));
	creel_call_later(arg, CREEL_MILLISECONDS(1), note, pointer_of('u'), NULL);
}

START_TEST(timers)
{
	int fd;
	creel_loop *loop = offered_loop(&fd);
	creel_handle *never;

	creel_call_later(loop, CREEL_SECONDS(1000), note, pointer_of('x'), &never);
	creel_call_later(loop, CREEL_MILLISECONDS(1), note_and_go_on, loop, NULL);
	while (noted_count < 2) {
		ck_assert(is_readable(fd, 10000));
		creel_loop_run_once(loop, 0);
	}
	ck_assert_str_eq(noted, "tu");
	ck_assert(!is_readable(fd, 0));
	ck_assert(creel_handle_cancel(never));
	creel_handle_unref(never);
	creel_call_at(loop, -5, note, pointer_of('p'), NULL);
	ck_assert(is_readable(fd, 0));
	serve(loop, fd);
	ck_assert_str_eq(noted, "tup");
	creel_loop_destroy(loop);
}
END_TEST

START_TEST(descriptors)
{
	int fd;
	creel_loop *loop = offered_loop(&fd);
	pair p = make_pair();

	creel_loop_add_reader(loop, p.near, note_read, &p.near);
	ck_assert(!is_readable(fd, 0));
	for (int i = 0; i < 3; i++) {
		write_byte(p.far);
		ck_assert(is_readable(fd, 0));
		serve(loop, fd);
	}
	ck_assert_str_eq(noted, "rrr");
	/* What is not waited for any more wakes nobody, however ready it is. */
	creel_loop_add_writer(loop, p.near, note, pointer_of('w'));
	ck_assert(is_readable(fd, 0));
	creel_loop_run_once(loop, 0);
	ck_assert(creel_loop_remove_writer(loop, p.near));
	serve(loop, fd);
	ck_assert_str_eq(noted, "rrrw");
	ck_assert(!is_readable(fd, 0));
	creel_loop_destroy(loop);
	close_pair(p);
}
END_TEST

/* Two threads post while the loop is served by poll(): each post makes it readable. */
static void *
post_many(void *arg)
{
	for (int i = 0; i < 2000; i++)
		creel_call_soon_threadsafe(((void **)arg)[0], add_one, ((void **)arg)[1], NULL);
	return NULL;
}

START_TEST(posts_while_it_is_served)
{
	int fd;
	creel_loop *loop = offered_loop(&fd);
	atomic_int calls = 0;
	void *args[] = {loop, &calls};
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, post_many, args);
	while (atomic_load(&calls) < 4000) {
		ck_assert(is_readable(fd, 30000));
		creel_loop_run_once(loop, 0);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	serve(loop, fd);
	creel_loop_destroy(loop);
}
END_TEST

/* It may be run with a wait, too. */
START_TEST(it_may_wait_itself)
{
	int fd;
	creel_loop *loop = offered_loop(&fd);

	creel_call_later(loop, CREEL_MILLISECONDS(1), note, pointer_of('t'), NULL);
	ck_assert_int_eq(creel_loop_run_once(loop, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_loop_run_once(loop, CREEL_MILLISECONDS(1)), CREEL_ETIMEDOUT);
	ck_assert_str_eq(noted, "t");
	ck_assert(!is_readable(fd, 0));
	creel_loop_destroy(loop);
}
END_TEST

static creel_loop *to_close;

static void *
close_it(void *arg)
{
	(void)arg;
	creel_loop_close(to_close, 0);
	return NULL;
}

/* A loop that its own task closes is served until it has closed, and its server hears of that. */
START_TEST(it_closes)
{
	int fd;
	creel_loop *loop = to_close = offered_loop(&fd);
	creel_future *sleeper = creel_loop_submit(loop, sleep_for_ever, NULL);

	serve(loop, fd);
	creel_future_unref(creel_loop_submit(loop, close_it, NULL));
	while (creel_loop_run_once(loop, 0) != CREEL_ECLOSED)
		ck_assert(is_readable(fd, 10000));
	ck_assert_int_eq(take_number(sleeper), CREEL_ECANCELLED);
	ck_assert_int_eq(creel_loop_fd(loop), -1);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ECLOSED);
	creel_loop_destroy(loop);
}
END_TEST

START_TEST(all_are_closed_in_the_end)
{
	const size_t before = proc_fds();
	int fd;

	for (int i = 0; i < 3; i++)
		creel_loop_destroy(offered_loop(&fd));
	ck_assert_uint_eq(proc_fds(), before);
}
END_TEST

static void
forked(void *arg)
{
	const size_t before = proc_fds();

	child_expect(creel_loop_fd(arg) == -1 && creel_last_error()->code == CREEL_ECLOSED);
	child_expect(creel_loop_add_reader(arg, 0, note, NULL) == CREEL_ECLOSED);
	child_expect(!creel_loop_remove_reader(arg, 0));
	creel_loop_destroy(arg);
	child_expect(proc_fds() == before - 3);
}

START_TEST(in_the_child_of_a_fork)
{
	int fd;
	creel_loop *loop = offered_loop(&fd);

	ck_assert(child_exited_with(child_run(forked, loop), 0));
	on_a_thread(post_note, loop);
	ck_assert(is_readable(fd, 0));
	serve(loop, fd);
	ck_assert_str_eq(noted, "p");
	creel_loop_destroy(loop);
}
END_TEST

static void *
ask_elsewhere(void *arg)
{
	return pointer_of(
		creel_loop_fd(arg) == -1 && creel_last_error()->code == CREEL_EWRONGTHREAD);
}

START_TEST(what_is_refused)
{
	creel_loop *loop = loop_without_thread(), *threaded = loop_with_thread();
	pthread_t thread;
	void *refused;

	ck_assert_int_eq(creel_loop_fd(NULL), -1);
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	ck_assert_int_eq(creel_loop_fd(threaded), -1);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ESTATE);
	pthread_create(&thread, NULL, ask_elsewhere, loop);
	pthread_join(thread, &refused);
	ck_assert_ptr_nonnull(refused);
	creel_loop_destroy(threaded);
	creel_loop_destroy(loop);
}
END_TEST

/* poll() has no descriptor that stands for others. */
START_TEST(not_by_poll)
{
	creel_loop *loop = loop_without_thread();

	crl_demux_used = &crl_demux_poll;
	ck_assert_int_eq(creel_loop_fd(loop), -1);
	ck_assert_int_eq(creel_last_error()->code, CREEL_ESYS);
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_ETIMEDOUT);
	creel_loop_destroy(loop);
}
END_TEST

CREEL_SUITE("creel.loop.embed", posts, what_was_there_before, tasks, timers, descriptors,
	posts_while_it_is_served, it_may_wait_itself, it_closes, all_are_closed_in_the_end,
	in_the_child_of_a_fork, what_is_refused, not_by_poll)
#endif
