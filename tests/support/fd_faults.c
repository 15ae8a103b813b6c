/* SPDX-License-Identifier: MIT */
/* fd_faults.c: the same as faults.c, for what makes descriptors, or has the system watch them. */
#include "support/faults.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

int __real_epoll_create1(int);
int __wrap_epoll_create1(int);
int __real_epoll_ctl(int, int, int, struct epoll_event *);
int __wrap_epoll_ctl(int, int, int, struct epoll_event *);
int __real_eventfd(unsigned, int);
int __wrap_eventfd(unsigned, int);
int __real_timerfd_create(int, int);
int __wrap_timerfd_create(int, int);
int __real_pipe(int[2]);
int __wrap_pipe(int[2]);

/* -1 and errno, if this call is to fail. */
static int
refuse(int error)
{
	if (!fault_hits(FAULT_FD))
		return 0;
	errno = error;
	return -1;
}

int
__wrap_epoll_create1(int flags)
{
	return refuse(EMFILE) < 0 ? -1 : __real_epoll_create1(flags);
}

/* Only what is new needs room. */
int
__wrap_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	if (operation == EPOLL_CTL_ADD && refuse(ENOSPC) < 0)
		return -1;
	return __real_epoll_ctl(epoll, operation, fd, event);
}

int
__wrap_eventfd(unsigned count, int flags)
{
	return refuse(EMFILE) < 0 ? -1 : __real_eventfd(count, flags);
}

int
__wrap_timerfd_create(int clock, int flags)
{
	return refuse(ENFILE) < 0 ? -1 : __real_timerfd_create(clock, flags);
}

int
__wrap_pipe(int ends[2])
{
	return refuse(EMFILE) < 0 ? -1 : __real_pipe(ends);
}
