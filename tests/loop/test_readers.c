/* SPDX-License-Identifier: MIT */
/* test_readers.c: callbacks for descriptors that are ready: when they are called, and taken back. */
#include "loop/pipes.h"
#include "support/fake_clock.h"
#include "support/suite.h"

#include <limits.h>
#include <sys/resource.h>

static void
turn(creel_loop *loop)
{
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
}

static void
no_turn(creel_loop *loop)
{
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_ETIMEDOUT);
}

/* 1.12 "call_soon": readers, too, are called once a turn, as long as there is something to read */
START_TEST(once_a_turn_while_readable)
{
	creel_loop *loop = loop_without_thread();
	pair p = make_pair();

	ck_assert_int_eq(creel_loop_add_reader(loop, p.near, note, pointer_of('r')), CREEL_OK);
	no_turn(loop);
	write_byte(p.far);
	for (int i = 0; i < 3; i++)
		turn(loop);
	ck_assert_str_eq(noted, "rrr");
	ck_assert_int_eq(read_bytes(p.near), 1);
	no_turn(loop);
	write_byte(p.far);
	turn(loop);
	ck_assert_str_eq(noted, "rrrr");
	ck_assert(creel_loop_remove_reader(loop, p.near));
	creel_loop_destroy(loop);
	close_pair(p);
}
END_TEST

START_TEST(writers_while_writable)
{
	creel_loop *loop = loop_without_thread();
	pair p = make_pair();
	char bytes[4096] = {0};

	ck_assert_int_eq(creel_loop_add_writer(loop, p.near, note, pointer_of('w')), CREEL_OK);
	turn(loop);
	ck_assert_str_eq(noted, "w");
	while (write(p.near, bytes, sizeof bytes) > 0)
		;
	no_turn(loop);
	while (read(p.far, bytes, sizeof bytes) > 0)
		;
	turn(loop);
	ck_assert_str_eq(noted, "ww");
	creel_loop_destroy(loop);
	close_pair(p);
}
END_TEST

START_TEST(reader_and_writer_of_one)
{
	creel_loop *loop = loop_without_thread();
	pair p = make_pair();

	creel_loop_add_reader(loop, p.near, note, pointer_of('r'));
	creel_loop_add_writer(loop, p.near, note, pointer_of('w'));
	turn(loop);
	write_byte(p.far);
	turn(loop);
	ck_assert(creel_loop_remove_writer(loop, p.near));
	ck_assert(!creel_loop_remove_writer(loop, p.near));
	turn(loop);
	ck_assert(creel_loop_remove_reader(loop, p.near));
	no_turn(loop);
	ck_assert_str_eq(noted, "wrwr");
	creel_loop_destroy(loop);
	close_pair(p);
}
END_TEST

START_TEST(another_takes_its_place)
{
	creel_loop *loop = loop_without_thread();
	pair p = make_pair();

	write_byte(p.far);
	creel_loop_add_reader(loop, p.near, note, pointer_of('a'));
	ck_assert_int_eq(creel_loop_add_reader(loop, p.near, note, pointer_of('b')), CREEL_OK);
	turn(loop);
	ck_assert_str_eq(noted, "b");
	ck_assert(creel_loop_remove_reader(loop, p.near));
	ck_assert(!creel_loop_remove_reader(loop, p.near));
	no_turn(loop);
	creel_loop_destroy(loop);
	close_pair(p);
}
END_TEST

static creel_loop *the_loop;

static void
remove_and_note(void *arg)
{
	note(pointer_of('x'));
	creel_loop_remove_reader(the_loop, *(int *)arg);
}

START_TEST(taken_back_in_the_same_turn)
{
	creel_loop *loop = the_loop = loop_without_thread();
	pair p = make_pair(), q = make_pair();

	write_byte(p.far);
	write_byte(q.far);
	/* Each removes the other: whoever comes first. */
	creel_loop_add_reader(loop, p.near, remove_and_note, &q.near);
	creel_loop_add_reader(loop, q.near, remove_and_note, &p.near);
	turn(loop);
	ck_assert_str_eq(noted, "x");
	creel_loop_destroy(loop);
	close_pair(p);
	close_pair(q);
}
END_TEST

static void
remove_close_note(void *arg)
{
	pair *p = arg;

	remove_and_note(&p->near);
	close_pair(*p);
}

START_TEST(takes_itself_back_and_closes)
{
	creel_loop *loop = the_loop = loop_without_thread();
	pair p = make_pair(), q;

	write_byte(p.far);
	creel_loop_add_reader(loop, p.near, remove_close_note, &p);
	turn(loop);
	no_turn(loop);
	q = make_pair(); /* the same numbers, most likely */
	write_byte(q.far);
	creel_loop_add_reader(loop, q.near, note_read, &q.near);
	turn(loop);
	ck_assert_str_eq(noted, "xr");
	creel_loop_destroy(loop);
	close_pair(q);
}
END_TEST

/* Closed without being taken back, and opened again: a new callback counts. */
START_TEST(closed_and_opened_again)
{
	creel_loop *loop = loop_without_thread();
	pair p = make_pair(), q;

	creel_loop_add_reader(loop, p.near, note, pointer_of('a'));
	close_pair(p);
	q = make_pair();
	ck_assert_int_eq(p.near, q.near);
	ck_assert_int_eq(creel_loop_add_reader(loop, q.near, note, pointer_of('b')), CREEL_OK);
	write_byte(q.far);
	turn(loop);
	ck_assert_str_eq(noted, "b");
	creel_loop_destroy(loop);
	close_pair(q);
}
END_TEST

START_TEST(a_hang_up_is_both)
{
	creel_loop *loop = loop_without_thread();
	pair p = make_pair();

	creel_loop_add_reader(loop, p.near, note, pointer_of('r'));
	close(p.far);
	turn(loop);
	creel_loop_remove_reader(loop, p.near);
	creel_loop_add_writer(loop, p.near, note, pointer_of('w'));
	turn(loop);
	ck_assert_str_eq(noted, "rw");
	creel_loop_destroy(loop);
	close(p.near);
}
END_TEST

/* 1.12 "timers": what is ready comes before timers that are due, and behind what was scheduled */
START_TEST(before_timers)
{
	creel_loop *loop = loop_without_thread();
	pair p = make_pair();

	write_byte(p.far);
	creel_loop_add_reader(loop, p.near, note_read, &p.near);
	creel_call_later(loop, 0, note, pointer_of('t'), NULL);
	creel_call_soon(loop, note, pointer_of('s'), NULL);
	turn(loop);
	ck_assert_str_eq(noted, "srt");
	creel_loop_destroy(loop);
	close_pair(p);
}
END_TEST

/* More than the system tells of at a time: all have their turn. */
START_TEST(many_at_once)
{
	enum { MANY = 3 * CRL_READY_MOST };
	creel_loop *loop = loop_without_thread();
	static pair pairs[MANY];
	static atomic_int counts[MANY];
	const struct rlimit limit = {4096, 4096};

	setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i < MANY; i++) {
		pairs[i] = make_pair();
		write_byte(pairs[i].far);
		ck_assert_int_eq(
			creel_loop_add_reader(loop, pairs[i].near, add_one, &counts[i]), CREEL_OK);
	}
	for (int i = 0; i < 6; i++)
		turn(loop);
	for (int i = 0; i < MANY; i++) {
		ck_assert_int_ge(atomic_load(&counts[i]), 1);
		ck_assert(creel_loop_remove_reader(loop, pairs[i].near));
		close_pair(pairs[i]);
	}
	no_turn(loop);
	creel_loop_destroy(loop);
}
END_TEST

/* What is ready does not keep callbacks from their turn, nor they it. */
START_TEST(nobody_starves)
{
	creel_loop *loop = loop_without_thread();
	pair p = make_pair();
	atomic_int calls = 0, posts = 0;

	write_byte(p.far);
	creel_loop_add_reader(loop, p.near, add_one, &calls);
	for (int i = 0; i < 10; i++) {
		creel_call_soon(loop, add_one, &posts, NULL);
		turn(loop);
	}
	ck_assert_int_eq(atomic_load(&posts), 10);
	ck_assert_int_ge(atomic_load(&calls), 10);
	creel_loop_destroy(loop);
	close_pair(p);
}
END_TEST

static pair wired;
static gate listening = GATE_INIT;

static void
listen_here(void *arg)
{
	(void)arg;
	creel_loop_add_reader(creel_current_loop(), wired.near, note_read, &wired.near);
	gate_pass(&listening);
}

/* A loop with a thread that listens; it sleeps in its poller when it has nothing to do. */
static creel_loop *
listening_loop(void)
{
	creel_loop *loop = loop_with_thread();

	wired = make_pair();
	gate_open(&listening);
	creel_call_soon_threadsafe(loop, listen_here, NULL, NULL);
	gate_await_arrivals(&listening, 1);
	return loop;
}

/* 3.16 "10. eventfd coalescing": posts one after the other to a loop that is about to sleep in its poller: none is lost */
START_TEST(posts_wake_it)
{
	creel_loop *loop = listening_loop();
	atomic_int calls = 0;

	for (int i = 0; i < 2000; i++) {
		creel_call_soon_threadsafe(loop, add_one, &calls, NULL);
		spin_until(&calls, i + 1);
	}
	creel_loop_destroy(loop);
	close_pair(wired);
}
END_TEST

START_TEST(bytes_wake_it)
{
	creel_loop *loop = listening_loop();

	write_byte(wired.far);
	while (creel_wait_fd(wired.near, CREEL_READABLE, 0) == CREEL_OK)
		sched_yield();
	settle_loop(loop);
	ck_assert_str_eq(noted, "r");
	creel_loop_destroy(loop);
	close_pair(wired);
}
END_TEST

static void *
sleep_a_second(void *arg)
{
	(void)arg;
	return pointer_of(creel_sleep(CREEL_SECONDS(1)));
}

/* Asleep in the poller, woken by the clock. */
START_TEST(sleeps_until_a_timer)
{
	creel_loop *loop;
	creel_future *task;

	fake_clock_start();
	loop = listening_loop();
	task = creel_loop_submit(loop, sleep_a_second, NULL);
	fake_clock_await_sleepers(1);
	fake_clock_step(CREEL_SECONDS(1) - 1);
	fake_clock_await_sleepers(1);
	ck_assert(!creel_future_done(task));
	fake_clock_step(1);
	ck_assert_int_eq(take_number(task), CREEL_OK);
	creel_loop_destroy(loop);
	close_pair(wired);
}
END_TEST

/* The same by the system's clock: never early, and without looking again and again. */
START_TEST(sleeps_by_the_real_clock)
{
	creel_loop *loop = loop_without_thread();
	pair p = make_pair();
	int64_t begin = creel_now();

	creel_loop_add_reader(loop, p.near, note, pointer_of('r'));
	ck_assert_int_eq(creel_loop_run_once(loop, CREEL_MICROSECONDS(1500)), CREEL_ETIMEDOUT);
	ck_assert_int_ge(creel_now() - begin, CREEL_MICROSECONDS(1500));
	creel_call_later(loop, CREEL_MICROSECONDS(1500), note, pointer_of('t'), NULL);
	begin = creel_now();
	ck_assert_int_eq(creel_loop_run_once(loop, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_ge(creel_now() - begin, CREEL_MICROSECONDS(1500));
	ck_assert_str_eq(noted, "t");
	creel_loop_destroy(loop);
	close_pair(p);
}
END_TEST

/* 1.12 "closed loop": readers are taken back when the last task has ended, however ready they are */
START_TEST(a_closing_loop_ends)
{
	creel_loop *loop = loop_without_thread();
	pair p = make_pair();

	write_byte(p.far);
	creel_loop_add_reader(loop, p.near, note, pointer_of('r'));
	turn(loop);
	ck_assert_int_eq(creel_loop_close(loop, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(creel_loop_add_reader(loop, p.near, note, pointer_of('s')), CREEL_ECLOSED);
	ck_assert(!creel_loop_remove_reader(loop, p.near));
	creel_loop_destroy(loop);
	close_pair(p);
}
END_TEST

/* A task that is asked to end still hears of its descriptors. */
static void *
say_goodbye(void *arg)
{
	const int *fd = arg;

	creel_sleep(CREEL_FOREVER);
	return pointer_of(creel_wait_fd(*fd, CREEL_READABLE, CREEL_FOREVER));
}

START_TEST(a_closing_loop_goes_on_for_its_tasks)
{
	creel_loop *loop = loop_without_thread();
	pair p = make_pair();
	creel_future *task = creel_loop_submit(loop, say_goodbye, &p.near);

	creel_loop_add_reader(loop, p.near, note, pointer_of('r'));
	turn(loop);
	ck_assert_int_eq(creel_loop_close(loop, 0), CREEL_ETIMEDOUT);
	write_byte(p.far);
	turn(loop);
	ck_assert_str_eq(noted, "r");
	ck_assert_int_eq(creel_loop_close(loop, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(take_number(task), CREEL_OK);
	creel_loop_destroy(loop);
	close_pair(p);
}
END_TEST

static void *
try_elsewhere(void *arg)
{
	ck_assert_int_eq(creel_loop_add_reader(arg, 0, note, NULL), CREEL_EWRONGTHREAD);
	ck_assert_int_eq(creel_loop_add_writer(arg, 0, note, NULL), CREEL_EWRONGTHREAD);
	ck_assert(!creel_loop_remove_reader(arg, 0));
	ck_assert_int_eq(creel_last_error()->code, CREEL_EWRONGTHREAD);
	return NULL;
}

START_TEST(what_is_refused)
{
	creel_loop *loop = loop_without_thread();
	pair p = make_pair();
	const int file = open("/proc/self/exe", O_RDONLY);

	ck_assert_int_eq(creel_loop_add_reader(NULL, p.near, note, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_loop_add_reader(loop, p.near, NULL, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_loop_add_reader(loop, -1, note, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_loop_add_writer(loop, INT_MAX, note, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_loop_add_reader(loop, file, note, NULL), CREEL_EINVAL);
	close(file);
	ck_assert_int_eq(creel_loop_add_reader(loop, file, note, NULL), CREEL_EINVAL);
	ck_assert(!creel_loop_remove_reader(loop, -1));
	ck_assert(!creel_loop_remove_reader(loop, INT_MAX));
	ck_assert(!creel_loop_remove_writer(loop, p.near));
	ck_assert(!creel_loop_remove_writer(NULL, p.near));
	ck_assert_int_eq(creel_last_error()->code, CREEL_EINVAL);
	on_a_thread(try_elsewhere, loop);
	no_turn(loop);
	creel_loop_destroy(loop);
	close_pair(p);
}
END_TEST

CREEL_SUITE("creel.loop.readers" POLLER_NAME, once_a_turn_while_readable, writers_while_writable,
	reader_and_writer_of_one, another_takes_its_place, taken_back_in_the_same_turn,
	takes_itself_back_and_closes, closed_and_opened_again, a_hang_up_is_both, before_timers,
	many_at_once, nobody_starves, posts_wake_it, bytes_wake_it, sleeps_until_a_timer,
	sleeps_by_the_real_clock, a_closing_loop_ends, a_closing_loop_goes_on_for_its_tasks,
	what_is_refused)
