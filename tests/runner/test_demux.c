/* SPDX-License-Identifier: MIT */
/* test_demux.c: both ways of asking the system, by themselves: what each promises (runner/demux.h). */
#include "loop/pipes.h"
#include "support/suite.h"

#include <errno.h>

static const crl_demux_kind *const kinds[] = {
#ifdef __linux__
	&crl_demux_epoll,
#endif
	&crl_demux_poll,
};
enum { KINDS = sizeof kinds / sizeof *kinds };

#define A_WHILE CREEL_MICROSECONDS(1500)

static crl_ready ready[CRL_READY_MOST];

static crl_demux *
open_demux(const crl_demux_kind *kind)
{
	int error = 0;
	crl_demux *demux = kind->open(&error);

	ck_assert_ptr_nonnull(demux);
	ck_assert_ptr_eq(demux->kind, kind);
	return demux;
}

/* It finds nothing, and does not come back before its time. */
static void
expect_sleep(crl_demux *demux)
{
	const int64_t begin = creel_now();

	ck_assert_int_eq(demux->kind->wait(demux, A_WHILE, ready), 0);
	ck_assert_int_ge(creel_now() - begin, A_WHILE);
}

/* A wait ends by wakes that came before, and takes them all. */
START_TEST(wakes_are_tokens)
{
	for (int i = 0; i < KINDS; i++) {
		crl_demux *demux = open_demux(kinds[i]);

		for (int n = 0; n < 200; n++)
			demux->kind->wake(demux);
		ck_assert_int_eq(demux->kind->wait(demux, -1, ready), 0);
		expect_sleep(demux);
		demux->kind->close(demux);
	}
}
END_TEST

/* 3.4 "gh105829_should_not_deadlock_if_wakeup_pipe_full": nor does a wake-up of a poller wait for room, however
 * many nobody takes */
START_TEST(wakes_never_block)
{
	for (int i = 0; i < KINDS; i++) {
		crl_demux *demux = open_demux(kinds[i]);

		errno = 77;
		for (int n = 0; n < 100000; n++)
			demux->kind->wake(demux);
		ck_assert_int_eq(errno, 77);
		ck_assert_int_eq(demux->kind->wait(demux, -1, ready), 0);
		expect_sleep(demux);
		demux->kind->close(demux);
	}
}
END_TEST

START_TEST(what_is_asked_for_is_told)
{
	for (int i = 0; i < KINDS; i++) {
		crl_demux *demux = open_demux(kinds[i]);
		pair p = make_pair();

		ck_assert_int_eq(demux->kind->watch(demux, p.near, 0, CREEL_READABLE), 0);
		expect_sleep(demux);
		write_byte(p.far);
		ck_assert_int_eq(demux->kind->wait(demux, -1, ready), 1);
		ck_assert(ready[0].fd == p.near && ready[0].events == CREEL_READABLE);
		ck_assert_int_eq(demux->kind->watch(demux, p.near, CREEL_READABLE,
					 CREEL_READABLE | CREEL_WRITABLE),
			0);
		ck_assert_int_eq(demux->kind->wait(demux, 0, ready), 1);
		ck_assert_uint_eq(ready[0].events, CREEL_READABLE | CREEL_WRITABLE);
		read_bytes(p.near);
		ck_assert_int_eq(demux->kind->watch(demux, p.near, CREEL_READABLE | CREEL_WRITABLE,
					 CREEL_READABLE),
			0);
		expect_sleep(demux);
		close(p.far);
		ck_assert_int_eq(demux->kind->wait(demux, 0, ready), 1);
		ck_assert_uint_eq(ready[0].events, CREEL_READABLE | CREEL_WRITABLE);
		ck_assert_int_eq(demux->kind->watch(demux, p.near, CREEL_READABLE, 0), 0);
		expect_sleep(demux);
		close(p.near);
		demux->kind->close(demux);
	}
}
END_TEST

START_TEST(what_cannot_be_watched)
{
	for (int i = 0; i < KINDS; i++) {
		crl_demux *demux = open_demux(kinds[i]);
		const int file = open("/proc/self/exe", O_RDONLY);

		ck_assert_int_eq(demux->kind->watch(demux, file, 0, CREEL_READABLE), EPERM);
		close(file);
		ck_assert_int_eq(demux->kind->watch(demux, file, 0, CREEL_READABLE), EBADF);
		expect_sleep(demux);
		demux->kind->close(demux);
	}
}
END_TEST

CREEL_SUITE("creel.runner.demux", wakes_are_tokens, wakes_never_block, what_is_asked_for_is_told,
	what_cannot_be_watched)
