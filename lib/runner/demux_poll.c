/* SPDX-License-Identifier: MIT */
/*
 * demux_poll.c: poll, which every system has: the process keeps what is watched, in an array that is shown to the
 * kernel each time. Wakes come by a pipe, its first entry. Good for some hundred descriptors.
 */
#include "runner/demux.h"

#include "base/mem.h"

#include <creel/io.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct poller {
	crl_demux head;
	int bell[2];          /* the ends of the pipe: to read from, to write to */
	struct pollfd *items; /* the bell, then what is watched */
	size_t count, room;
	size_t next; /* who is told of first, for there may be more than are told of */
} poller;

static bool
set_up_end(int fd)
{
	return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

/* Room for one more item. */
static bool
make_room(poller *self)
{
	const size_t room = self->room > 0 ? 2 * self->room : 8;
	struct pollfd *items;
	size_t size;

	if (self->count < self->room)
		return true;
	if (!crl_size_of(&size, 0, room, sizeof *items) || (items = crl_alloc(size)) == NULL)
		return false;
	if (self->count > 0)
		memcpy(items, self->items, self->count * sizeof *items);
	crl_free(self->items);
	self->items = items;
	self->room = room;
	return true;
}

static void
close_all(crl_demux *demux)
{
	poller *self = (poller *)demux;

	for (int i = 0; i < 2; i++)
		if (self->bell[i] >= 0)
			close(self->bell[i]);
	crl_free(self->items);
	crl_free(self);
}

static crl_demux *
open_all(int *error)
{
	poller *self = crl_zalloc(sizeof *self);

	*error = ENOMEM;
	if (self == NULL)
		return NULL;
	self->head.kind = &crl_demux_poll;
	self->bell[0] = self->bell[1] = -1;
	if (make_room(self)) {
		if (pipe(self->bell) == 0 && set_up_end(self->bell[0]) &&
			set_up_end(self->bell[1])) {
			self->items[self->count++] =
				(struct pollfd){.fd = self->bell[0], .events = POLLIN};
			return &self->head;
		}
		*error = errno;
	}
	close_all(&self->head);
	return NULL;
}

/* The entry of the descriptor; NULL: there is none. */
static struct pollfd *
find(const poller *self, int fd)
{
	for (size_t i = 1; i < self->count; i++)
		if (self->items[i].fd == fd)
			return &self->items[i];
	return NULL;
}

/* As epoll would: is it open, and can it be waited for? */
static int
check(int fd)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return errno;
	return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) ? EPERM : 0;
}

static int
watch(crl_demux *demux, int fd, unsigned before, unsigned events)
{
	poller *self = (poller *)demux;
	struct pollfd *item = find(self, fd);
	int error;

	(void)before;
	if (events == 0) {
		if (item != NULL)
			*item = self->items[--self->count];
		return 0;
	}
	if ((error = check(fd)) != 0)
		return error;
	if (item == NULL) {
		if (!make_room(self))
			return ENOMEM;
		item = &self->items[self->count++];
		item->fd = fd;
	}
	item->events = (short)((events & CREEL_READABLE ? POLLIN : 0) |
			       (events & CREEL_WRITABLE ? POLLOUT : 0));
	return 0;
}

/* In milliseconds, rounded up, so that nobody looks at the clock again and again before it is time. */
static int
milliseconds(int64_t timeout)
{
	const int64_t each = 1000000;

	if (timeout < 0)
		return -1;
	return timeout > (INT_MAX - 1) * each ? INT_MAX : (int)((timeout + each - 1) / each);
}

static unsigned
of_poll(short events)
{
	return (events & ~POLLOUT ? CREEL_READABLE : 0u) | (events & ~POLLIN ? CREEL_WRITABLE : 0u);
}

static void
take_wakes(const poller *self)
{
	char bytes[64];

	while (read(self->bell[0], bytes, sizeof bytes) == (ssize_t)sizeof bytes)
		;
}

static int
wait_for_some(crl_demux *demux, int64_t timeout, crl_ready ready[CRL_READY_MOST])
{
	poller *self = (poller *)demux;
	const size_t others = self->count - 1;
	int count = 0;

	if (poll(self->items, (nfds_t)self->count, milliseconds(timeout)) <= 0)
		return 0;
	if (self->items[0].revents != 0)
		take_wakes(self);
	for (size_t i = 0; i < others && count < CRL_READY_MOST; i++) {
		const struct pollfd *item = &self->items[1 + (self->next + i) % others];

		if (item->revents != 0)
			ready[count++] = (crl_ready){item->fd, of_poll(item->revents)};
	}
	self->next += CRL_READY_MOST;
	return count;
}

static void
wake(crl_demux *demux)
{
	const int saved = errno;
	const char byte = 0;

	/* A pipe that is full will wake it as well. */
	while (write(((poller *)demux)->bell[1], &byte, 1) < 0 && errno == EINTR)
		;
	errno = saved;
}

const crl_demux_kind crl_demux_poll = {
	.open = open_all,
	.close = close_all,
	.watch = watch,
	.wait = wait_for_some,
	.wake = wake,
};
