/* SPDX-License-Identifier: MIT */
/*
 * pipes.h: descriptors for the tests of loops: pairs of connected sockets, in which what is written to one end
 * can be read from the other.
 *
 * A test that begins with `#define BY_POLL` has all pollers of its process use poll(), as they do where
 * there is no epoll.
 */
#ifndef CREEL_TEST_LOOP_PIPES_H
#define CREEL_TEST_LOOP_PIPES_H

#include "loop/loops.h"
#include "runner/demux.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef BY_POLL
#define POLLER_NAME "_poll"
__attribute__((constructor)) static void
use_poll(void)
{
	crl_demux_used = &crl_demux_poll;
}
#else
#define POLLER_NAME ""
#endif

typedef struct pair {
	int near, far;
} pair;

static inline pair
make_pair(void)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	return (pair){ends[0], ends[1]};
}

static inline void
close_pair(pair p)
{
	close(p.near);
	close(p.far);
}

static inline void
write_byte(int fd)
{
	ck_assert_int_eq(write(fd, "x", 1), 1);
}

/* How many bytes there were; at most 64. */
static inline int
read_bytes(int fd)
{
	char bytes[64];
	const ssize_t n = read(fd, bytes, sizeof bytes);

	return n < 0 ? 0 : (int)n;
}

/* A callback: reads from *(int *)arg, and notes 'r'. */
static inline void
note_read(void *arg)
{
	read_bytes(*(int *)arg);
	note(pointer_of('r'));
}

#endif
