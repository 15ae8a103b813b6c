/* SPDX-License-Identifier: MIT */
/*
 * demux.h: how the system is asked which of many descriptors are ready, and how a thread that asks is
 * woken. Two ways, of the same shape: epoll (demux_epoll.c) where there is Linux, poll (demux_poll.c)
 * everywhere. Which watches there are, and whose, is poller.h's business.
 *
 * All but wake() are for one thread. A wake is a token: the next wait, or the present one, returns, and
 * takes all tokens that have come by then. So what has been said before a wake is seen after that wait.
 * Events are CREEL_READABLE and CREEL_WRITABLE. An error of a descriptor, or its hang-up, is both.
 */
#ifndef CRL_RUNNER_DEMUX_H
#define CRL_RUNNER_DEMUX_H

#include <stdint.h>

/* A descriptor that is ready. */
typedef struct crl_ready {
	int fd;
	unsigned events;
} crl_ready;

/* How many descriptors a wait tells of at the most. What is not told is told by the next one. */
enum { CRL_READY_MOST = 64 };

typedef struct crl_demux crl_demux;

typedef struct crl_demux_kind {
	/* NULL: *error is the system's errno. */
	crl_demux *(*open)(int *error);
	void (*close)(crl_demux *);

	/* Ask for these events of the descriptor, in place of those before; 0: none. 0, or the system's errno:
	 * EBADF not open, EPERM always ready. */
	int (*watch)(crl_demux *, int fd, unsigned before, unsigned events);

	/* Wait until a descriptor is ready, or woken, or for so many nanoseconds (0: not at all; negative: for
	 * ever); may return early. How many of `ready` it has filled in. */
	int (*wait)(crl_demux *, int64_t timeout, crl_ready ready[CRL_READY_MOST]);

	/* By any thread. Neither waits nor fails. */
	void (*wake)(crl_demux *);

	/* A descriptor that is readable when wait() would return; NULL: there can be none. -1: *error. */
	int (*descriptor)(crl_demux *, int *error);

	/* Have that become readable at the deadline (CRL_NEVER: not). */
	void (*alarm)(crl_demux *, int64_t deadline);
} crl_demux_kind;

/* The head of each. */
struct crl_demux {
	const crl_demux_kind *kind;
};

#ifdef __linux__
extern const crl_demux_kind crl_demux_epoll;
#endif
extern const crl_demux_kind crl_demux_poll;

/* The one that is used. Tests put another in its place, before there is any poller. */
extern const crl_demux_kind *crl_demux_used;

#endif
