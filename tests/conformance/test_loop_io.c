/* SPDX-License-Identifier: MIT */
/*
 * test_loop_io.c: what CPython's test_events.py, test_selector_events.py and test_unix_events.py assert of
 * readers, writers and signal handlers, on a loop of creel.
 */
#include "loop/pipes.h"
#include "support/proc.h"
#include "support/suite.h"

#include <signal.h>

static void
turn(creel_loop *loop)
{
	ck_assert_int_eq(creel_loop_run_once(loop, 0), CREEL_OK);
}

/* A loop, and a descriptor that can be read and written. */
typedef struct scene {
	creel_loop *loop;
	pair p;
} scene;

static scene
set_scene(void)
{
	scene s = {loop_without_thread(), make_pair()};

	write_byte(s.p.far);
	return s;
}

static void
end_scene(scene s)
{
	creel_loop_destroy(s.loop);
	close_pair(s.p);
}

static void
read_note(scene *s, char c)
{
	ck_assert_int_eq(creel_loop_add_reader(s->loop, s->p.near, note, pointer_of(c)), CREEL_OK);
}

static void
write_note(scene *s, char c)
{
	ck_assert_int_eq(creel_loop_add_writer(s->loop, s->p.near, note, pointer_of(c)), CREEL_OK);
}

/* 3.15 "add_reader": it is called when there is something to read */
/* 3.15 "process_events_read": the reader alone is called */
START_TEST(add_reader)
{
	scene s = set_scene();

	read_note(&s, 'r');
	turn(s.loop);
	ck_assert_str_eq(noted, "r");
	end_scene(s);
}
END_TEST

/* 3.15 "add_reader_existing": the old reader is not called any more */
START_TEST(add_reader_existing)
{
	scene s = set_scene();

	read_note(&s, 'a');
	read_note(&s, 'b');
	turn(s.loop);
	ck_assert_str_eq(noted, "b");
	end_scene(s);
}
END_TEST

/* 3.15 "add_reader_existing_writer": the writer stays */
START_TEST(add_reader_existing_writer)
{
	scene s = set_scene();

	write_note(&s, 'w');
	read_note(&s, 'r');
	turn(s.loop);
	ck_assert_str_eq(noted, "wr");
	end_scene(s);
}
END_TEST

/* 3.15 "remove_reader": true, and it is not called */
/* 3.15 "remove_reader_unknown": false */
START_TEST(remove_reader)
{
	scene s = set_scene();

	ck_assert(!creel_loop_remove_reader(s.loop, s.p.near));
	read_note(&s, 'r');
	ck_assert(creel_loop_remove_reader(s.loop, s.p.near));
	ck_assert(!creel_loop_remove_reader(s.loop, s.p.near));
	ck_assert_int_eq(run_out(s.loop), 0);
	end_scene(s);
}
END_TEST

/* 3.15 "remove_reader_read_write": the writer stays */
START_TEST(remove_reader_read_write)
{
	scene s = set_scene();

	read_note(&s, 'r');
	write_note(&s, 'w');
	ck_assert(creel_loop_remove_reader(s.loop, s.p.near));
	turn(s.loop);
	ck_assert_str_eq(noted, "w");
	end_scene(s);
}
END_TEST

/* 3.15 "add_writer": it is called when there is room */
/* 3.15 "process_events_write": the writer alone is called */
START_TEST(add_writer)
{
	scene s = set_scene();

	write_note(&s, 'w');
	turn(s.loop);
	ck_assert_str_eq(noted, "w");
	end_scene(s);
}
END_TEST

/* 3.15 "add_writer_existing": the old writer is not called any more */
START_TEST(add_writer_existing)
{
	scene s = set_scene();

	write_note(&s, 'a');
	write_note(&s, 'b');
	turn(s.loop);
	ck_assert_str_eq(noted, "b");
	end_scene(s);
}
END_TEST

/* 3.15 "remove_writer": true, and the reader stays */
/* 3.15 "remove_writer_unknown": false */
START_TEST(remove_writer)
{
	scene s = set_scene();

	ck_assert(!creel_loop_remove_writer(s.loop, s.p.near));
	read_note(&s, 'r');
	write_note(&s, 'w');
	ck_assert(creel_loop_remove_writer(s.loop, s.p.near));
	turn(s.loop);
	ck_assert_str_eq(noted, "r");
	end_scene(s);
}
END_TEST

static void
remove_both(void *arg)
{
	scene *s = arg;

	note(pointer_of('x'));
	creel_loop_remove_reader(s->loop, s->p.near);
	creel_loop_remove_writer(s->loop, s->p.near);
}

/* 3.15 "process_events_read_cancelled": taken back in the turn in which it was to be called, it is not */
START_TEST(process_events_read_cancelled)
{
	scene s = set_scene();

	creel_loop_add_writer(s.loop, s.p.near, remove_both, &s);
	read_note(&s, 'r');
	turn(s.loop);
	ck_assert_str_eq(noted, "x");
	end_scene(s);
}
END_TEST

/* 3.15 "process_events_write_cancelled": the same of a writer */
START_TEST(process_events_write_cancelled)
{
	scene s = set_scene();

	creel_loop_add_reader(s.loop, s.p.near, remove_both, &s);
	write_note(&s, 'w');
	turn(s.loop);
	ck_assert_str_eq(noted, "x");
	end_scene(s);
}
END_TEST

/* What came through a descriptor, piece by piece. */
typedef struct collected {
	creel_loop *loop;
	int fd;
	char text[64];
	size_t length;
	bool ended;
} collected;

static void
collect(void *arg)
{
	collected *c = arg;
	const ssize_t n = read(c->fd, c->text + c->length, sizeof c->text - 1 - c->length);

	if (n > 0)
		c->length += (size_t)n;
	c->ended = n == 0;
	if (c->ended)
		ck_assert(creel_loop_remove_reader(c->loop, c->fd));
}

/* 3.15 "reader_callback": it hears of all that is sent, then of the end */
START_TEST(reader_callback)
{
	creel_loop *loop = loop_without_thread();
	pair p = make_pair();
	collected c = {.loop = loop, .fd = p.near};

	creel_loop_add_reader(loop, p.near, collect, &c);
	ck_assert_int_eq(write(p.far, "abc", 3), 3);
	while (c.length < 3)
		ck_assert_int_eq(creel_loop_run_once(loop, CREEL_FOREVER), CREEL_OK);
	ck_assert_int_eq(write(p.far, "def", 3), 3);
	close(p.far);
	while (!c.ended)
		ck_assert_int_eq(creel_loop_run_once(loop, CREEL_FOREVER), CREEL_OK);
	ck_assert_str_eq(c.text, "abcdef");
	creel_loop_destroy(loop);
	close(p.near);
}
END_TEST

static void
write_some(void *arg)
{
	const scene *s = arg;

	note(pointer_of('w'));
	if (noted_count == 3)
		creel_loop_remove_writer(s->loop, s->p.near);
	write_byte(s->p.near);
}

/* 3.15 "writer_callback": it is called until it takes itself back */
START_TEST(writer_callback)
{
	scene s = set_scene();

	creel_loop_add_writer(s.loop, s.p.near, write_some, &s);
	ck_assert_int_eq(run_out(s.loop), 3);
	ck_assert_int_eq(read_bytes(s.p.far), 3);
	end_scene(s);
}
END_TEST

/* 3.15 "add_fds_after_closing": ECLOSED */
/* 3.15 "remove_fds_after_closing": false */
START_TEST(fds_after_closing)
{
	scene s = set_scene();

	read_note(&s, 'r');
	ck_assert_int_eq(creel_loop_close(s.loop, CREEL_FOREVER), CREEL_OK);
	ck_assert(!creel_loop_remove_reader(s.loop, s.p.near));
	ck_assert(!creel_loop_remove_writer(s.loop, s.p.near));
	ck_assert_int_eq(creel_loop_add_reader(s.loop, s.p.near, note, NULL), CREEL_ECLOSED);
	ck_assert_int_eq(creel_loop_add_writer(s.loop, s.p.near, note, NULL), CREEL_ECLOSED);
	end_scene(s);
}
END_TEST

/* 3.15 "internal_fds": a loop closes its own descriptors, and makes none before it needs them */
START_TEST(internal_fds)
{
	const size_t before = proc_fds();
	scene s = set_scene();

	ck_assert_uint_eq(proc_fds(), before + 2);
	read_note(&s, 'r');
	ck_assert_uint_gt(proc_fds(), before + 2);
	end_scene(s);
	ck_assert_uint_eq(proc_fds(), before);
}
END_TEST

static volatile sig_atomic_t handled;

static void
handle(int number)
{
	(void)number;
	handled = handled + 1;
}

static bool
is_handled_by(int number, void (*handler)(int))
{
	struct sigaction now;

	return sigaction(number, NULL, &now) == 0 && now.sa_handler == handler;
}

static void
run_until_noted(creel_loop *loop, size_t n)
{
	while (noted_count < n)
		ck_assert_int_eq(creel_loop_run_once(loop, CREEL_FOREVER), CREEL_OK);
}

/* 3.15 "add_signal_handler": it is called, with its argument */
/* 3.15 "signal_handling_args": the argument is the program's */
/* 3.15 "remove_signal_handler": the signal does again what it did before */
START_TEST(add_signal_handler)
{
	creel_loop *loop = loop_without_thread();

	signal(SIGINT, SIG_DFL);
	ck_assert_int_eq(creel_loop_add_signal(loop, SIGINT, note, pointer_of('i')), CREEL_OK);
	ck_assert(!is_handled_by(SIGINT, SIG_DFL));
	raise(SIGINT);
	run_until_noted(loop, 1);
	ck_assert_str_eq(noted, "i");
	ck_assert(creel_loop_remove_signal(loop, SIGINT));
	ck_assert(is_handled_by(SIGINT, SIG_DFL));
	creel_loop_destroy(loop);
}
END_TEST

/* 3.15 "remove_signal_handler_2": with two of them, the other stays */
START_TEST(remove_signal_handler_2)
{
	creel_loop *loop = loop_without_thread();

	signal(SIGINT, handle);
	creel_loop_add_signal(loop, SIGINT, note, pointer_of('i'));
	creel_loop_add_signal(loop, SIGHUP, note, pointer_of('h'));
	ck_assert(creel_loop_remove_signal(loop, SIGINT));
	ck_assert(!creel_loop_remove_signal(loop, SIGINT));
	raise(SIGINT);
	raise(SIGHUP);
	run_until_noted(loop, 1);
	ck_assert_str_eq(noted, "h");
	ck_assert_int_eq(handled, 1);
	creel_loop_destroy(loop);
}
END_TEST

static void *
send_alarm(void *arg)
{
	linger(NULL);
	kill(getpid(), SIGALRM);
	return arg;
}

/* 3.15 "signal_handling_while_selecting": one that comes while the loop waits for descriptors wakes it */
START_TEST(signal_handling_while_selecting)
{
	creel_loop *loop = loop_without_thread();
	pair p = make_pair();
	pthread_t thread;

	creel_loop_add_reader(loop, p.near, note, pointer_of('r'));
	creel_loop_add_signal(loop, SIGALRM, note, pointer_of('a'));
	pthread_create(&thread, NULL, send_alarm, NULL);
	run_until_noted(loop, 1);
	ck_assert_str_eq(noted, "a");
	pthread_join(thread, NULL);
	creel_loop_destroy(loop);
	close_pair(p);
}
END_TEST

/* 3.15 "check_signal": a number that is no signal is EINVAL */
/* 3.15 "add_signal_handler_install_error": so is one that cannot be caught */
START_TEST(check_signal)
{
	creel_loop *loop = loop_without_thread();

	ck_assert_int_eq(creel_loop_add_signal(loop, NSIG + 1, note, NULL), CREEL_EINVAL);
	ck_assert_int_eq(creel_loop_add_signal(loop, SIGKILL, note, NULL), CREEL_EINVAL);
	creel_loop_destroy(loop);
}
END_TEST

/* 3.15 "handle_signal_cancelled_handler": taken back on its way, it is not called */
START_TEST(handle_signal_cancelled_handler)
{
	creel_loop *loop = loop_without_thread();

	creel_loop_add_signal(loop, SIGHUP, note, pointer_of('h'));
	raise(SIGHUP);
	ck_assert(creel_loop_remove_signal(loop, SIGHUP));
	run_out(loop);
	ck_assert_str_eq(noted, "");
	creel_loop_destroy(loop);
}
END_TEST

/* 3.15 "close": a loop takes its signal handlers back when it closes */
START_TEST(close_removes_handlers)
{
	creel_loop *loop = loop_without_thread();

	creel_loop_add_signal(loop, SIGHUP, note, NULL);
	creel_loop_add_signal(loop, SIGCHLD, note, NULL);
	ck_assert_int_eq(creel_loop_close(loop, CREEL_FOREVER), CREEL_OK);
	ck_assert(is_handled_by(SIGHUP, SIG_DFL));
	ck_assert(is_handled_by(SIGCHLD, SIG_DFL));
	creel_loop_destroy(loop);
}
END_TEST

CREEL_SUITE("creel.conformance.loop_io", add_reader, add_reader_existing,
	add_reader_existing_writer, remove_reader, remove_reader_read_write, add_writer,
	add_writer_existing, remove_writer, process_events_read_cancelled,
	process_events_write_cancelled, reader_callback, writer_callback, fds_after_closing,
	internal_fds, add_signal_handler, remove_signal_handler_2, signal_handling_while_selecting,
	check_signal, handle_signal_cancelled_handler, close_removes_handlers)
