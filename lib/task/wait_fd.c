/* SPDX-License-Identifier: MIT */
/*
 * wait_fd.c: waiting for a descriptor, wherever the caller is. The descriptor is asked first, so that one
 * that is ready costs no more than that, and one that is none is noticed. Then a task has its runner's
 * poller watch it, and is suspended; a plain thread blocks in poll().
 */
#include "base/clock.h"
#include "base/context.h"
#include "runner/poller.h"
#include "runner/waiter.h"

#include <creel/io.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>

/* How long, in milliseconds, a thread stays in poll() while the clock stands, which nobody can tell it is moved. */
#define LOOK_AGAIN 5

/* In milliseconds, rounded up. */
static int
time_left(int64_t deadline)
{
	const int64_t each = 1000000;
	int64_t left;

	if (deadline == CRL_NEVER)
		return -1;
	left = deadline - crl_now();
	if (left <= 0)
		return 0;
	if (crl_clock_is_paused())
		return LOOK_AGAIN;
	return left > (INT_MAX - 1) * each ? INT_MAX : (int)((left + each - 1) / each);
}

/* CREEL_OK, CREEL_ETIMEDOUT, CREEL_EINVAL: it is none, or CREEL_ENOMEM. */
static creel_status
ask(int fd, unsigned events, int timeout)
{
	struct pollfd item = {.fd = fd};
	int found;

	item.events = (short)((events & CREEL_READABLE ? POLLIN : 0) |
			      (events & CREEL_WRITABLE ? POLLOUT : 0));
	found = poll(&item, 1, timeout);
	if (found < 0)
		return errno == EINTR ? CREEL_ETIMEDOUT : CREEL_ENOMEM;
	if (found > 0 && item.revents & POLLNVAL)
		return CREEL_EINVAL;
	return found > 0 ? CREEL_OK : CREEL_ETIMEDOUT;
}

static creel_status
block(int fd, unsigned events, int64_t deadline)
{
	creel_status status;

	for (;;) {
		status = ask(fd, events, time_left(deadline));
		if (status != CREEL_ETIMEDOUT || (deadline != CRL_NEVER && crl_now() >= deadline))
			return status;
	}
}

/* A task's. */
typedef struct fd_waiter {
	crl_waiter waiter;
	crl_watch watch;
} fd_waiter;

static void
wake(crl_watch *watch)
{
	crl_waiter_notify(&CRL_CONTAINER_OF(watch, fd_waiter, watch)->waiter, CRL_WAKE_DONE);
}

static creel_status
suspend(fd_waiter *w, int64_t deadline)
{
	int error = 0;
	crl_poller *poller = crl_runner_poller(w->waiter.strand->home, &error);

	if (poller != NULL)
		error = crl_poller_add(poller, &w->watch);
	if (error == ENOMEM)
		return CREEL_ENOMEM;
	if (error != 0)
		return crl_reportf(
			CREEL_ESYS, "the descriptor cannot be waited for: %s", strerror(error));
	crl_waiter_wait(&w->waiter, deadline);
	crl_poller_remove(poller, &w->watch);
	return crl_waiter_done(&w->waiter) ? CREEL_OK : crl_waiter_interrupted(&w->waiter);
}

static creel_status
wait_fd(int fd, unsigned events, int64_t deadline)
{
	fd_waiter w = {.watch = {.fd = fd, .events = events, .ready = wake}};
	creel_status status = crl_waiter_prepare(&w.waiter);

	if (status != CREEL_OK)
		return status;
	return w.waiter.strand != NULL ? suspend(&w, deadline) : block(fd, events, deadline);
}

creel_status
creel_wait_fd(int fd, unsigned events, creel_duration timeout)
{
	creel_status status = CREEL_EINVAL;

	if (fd >= 0 && events != 0 && !(events & ~(CREEL_READABLE | CREEL_WRITABLE)) &&
		timeout >= 0)
		status = ask(fd, events, 0);
	if (status == CREEL_EINVAL)
		return crl_report(
			status, "no open descriptor, no such event, or a negative timeout");
	if (status == CREEL_ETIMEDOUT)
		status = timeout == 0 ? crl_waiter_poll()
				      : wait_fd(fd, events, crl_deadline(timeout));
	return crl_waiter_report(status);
}
