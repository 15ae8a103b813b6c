/* SPDX-License-Identifier: MIT */
/*
 * demux_epoll.c: epoll: the kernel keeps what is watched. Wakes come by an eventfd, which is watched as well,
 * and the alarm by a timerfd. The epoll descriptor itself is readable when one of them is ready.
 */
#ifdef __linux__
#include "runner/demux.h"

#include "base/clock.h"
#include "base/mem.h"

#include <creel/io.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

typedef struct epoller {
	crl_demux head;
	int fd;
	int bell;      /* an eventfd */
	int clock;     /* a timerfd; -1: none yet */
	int64_t alarm; /* when it will ring; CRL_NEVER: not */
} epoller;

static int
control(const epoller *self, int operation, int fd, unsigned events)
{
	struct epoll_event event = {.data.fd = fd};

	event.events = (events & CREEL_READABLE ? EPOLLIN : 0u) |
		       (events & CREEL_WRITABLE ? EPOLLOUT : 0u);
	return epoll_ctl(self->fd, operation, fd, &event) == 0 ? 0 : errno;
}

static void
close_all(crl_demux *demux)
{
	epoller *self = (epoller *)demux;

	if (self->clock >= 0)
		close(self->clock);
	if (self->bell >= 0)
		close(self->bell);
	if (self->fd >= 0)
		close(self->fd);
	crl_free(self);
}

static crl_demux *
open_all(int *error)
{
	epoller *self = crl_alloc(sizeof *self);

	if (self == NULL) {
		*error = ENOMEM;
		return NULL;
	}
	self->head.kind = &crl_demux_epoll;
	self->clock = self->bell = -1;
	self->alarm = CRL_NEVER;
	self->fd = epoll_create1(EPOLL_CLOEXEC);
	if (self->fd >= 0)
		self->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	*error = self->bell >= 0 ? control(self, EPOLL_CTL_ADD, self->bell, CREEL_READABLE) : errno;
	if (*error == 0)
		return &self->head;
	close_all(&self->head);
	return NULL;
}

/* A descriptor that was closed while it was watched, and opened again as another, is not known any more;
 * one that was opened after another was forgotten may be known. */
static int
watch(crl_demux *demux, int fd, unsigned before, unsigned events)
{
	const epoller *self = (const epoller *)demux;
	int error;

	if (events == 0)
		return control(self, EPOLL_CTL_DEL, fd, 0);
	error = control(self, before == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, events);
	if (error == ENOENT)
		return control(self, EPOLL_CTL_ADD, fd, events);
	return error == EEXIST ? control(self, EPOLL_CTL_MOD, fd, events) : error;
}

/* epoll_wait() counts milliseconds, which is too coarse for timers. */
static void
wait_until_ready(const epoller *self, int64_t timeout)
{
	const struct timespec ts = {(time_t)(timeout / 1000000000), (long)(timeout % 1000000000)};
	struct pollfd self_ready = {.fd = self->fd, .events = POLLIN};

	ppoll(&self_ready, 1, &ts, NULL);
}

static unsigned
of_epoll(uint32_t events)
{
	return (events & ~(uint32_t)EPOLLOUT ? CREEL_READABLE : 0u) |
	       (events & ~(uint32_t)EPOLLIN ? CREEL_WRITABLE : 0u);
}

/* Is this one of the demux's own? Then it has said what it had to say. */
static bool
settle_own(epoller *self, int fd)
{
	uint64_t count;

	if (fd != self->bell && fd != self->clock)
		return false;
	if (fd == self->clock)
		self->alarm = CRL_NEVER;
	while (read(fd, &count, sizeof count) < 0 && errno == EINTR)
		;
	return true;
}

static int
wait_for_some(crl_demux *demux, int64_t timeout, crl_ready ready[CRL_READY_MOST])
{
	epoller *self = (epoller *)demux;
	struct epoll_event events[CRL_READY_MOST];
	int found, count = 0;

	if (timeout > 0)
		wait_until_ready(self, timeout);
	found = epoll_wait(self->fd, events, CRL_READY_MOST, timeout < 0 ? -1 : 0);
	for (int i = 0; i < found; i++)
		if (!settle_own(self, events[i].data.fd))
			ready[count++] = (crl_ready){events[i].data.fd, of_epoll(events[i].events)};
	return count;
}

static void
wake(crl_demux *demux)
{
	const int saved = errno;
	const uint64_t one = 1;

	/* The count cannot come near to its limit, at which alone it would refuse. */
	while (write(((epoller *)demux)->bell, &one, sizeof one) < 0 && errno == EINTR)
		;
	errno = saved;
}

static int
descriptor(crl_demux *demux, int *error)
{
	epoller *self = (epoller *)demux;

	if (self->clock >= 0)
		return self->fd;
	self->clock = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	*error =
		self->clock < 0 ? errno : control(self, EPOLL_CTL_ADD, self->clock, CREEL_READABLE);
	if (*error == 0)
		return self->fd;
	if (self->clock >= 0)
		close(self->clock);
	self->clock = -1;
	return -1;
}

static void
set_alarm(crl_demux *demux, int64_t deadline)
{
	epoller *self = (epoller *)demux;
	struct itimerspec when = {{0, 0}, {0, 0}}; /* all zero: not at all */

	if (self->alarm == deadline)
		return;
	self->alarm = deadline;
	if (deadline != CRL_NEVER) {
		if (deadline <= 0)
			deadline = 1; /* past */
		when.it_value.tv_sec = (time_t)(deadline / 1000000000);
		when.it_value.tv_nsec = (long)(deadline % 1000000000);
	}
	timerfd_settime(self->clock, TFD_TIMER_ABSTIME, &when, NULL);
}

const crl_demux_kind crl_demux_epoll = {
	.open = open_all,
	.close = close_all,
	.watch = watch,
	.wait = wait_for_some,
	.wake = wake,
	.descriptor = descriptor,
	.alarm = set_alarm,
};
#else
extern int crl_demux_epoll_is_for_linux; /* a file is not to be empty */
#endif
