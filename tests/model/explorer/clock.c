/* SPDX-License-Identifier: MIT */
/*
 * clock.c: time, and calls of the system that a model has no use for. The clock stands still but for
 * two reasons: a sleeper's time is up (sync.c), or, in models that ask for it, an hour passes while somebody
 * looks at it, once a run.
 */
#include "explorer/world.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define HOUR ((int64_t)3600 * 1000000000)

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);
int __wrap_sched_yield(void);
int __wrap_sigaction(int number, const struct sigaction *new, struct sigaction *old);
int __wrap_sigaltstack(const stack_t *new, stack_t *old);
int __wrap_pthread_sigmask(int how, const sigset_t *new, sigset_t *old);
int __wrap_pthread_setname_np(pthread_t id, const char *name);
int __wrap_pthread_setcancelstate(int new, int *old);
void __wrap_abort(void);

int
__wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	(void)clock;
	if (world.model->passing_time && schedule_value(2, true) != 0)
		world.now += HOUR;
	ts->tv_sec = world.now / 1000000000;
	ts->tv_nsec = world.now % 1000000000;
	return 0;
}

int
__wrap_sched_yield(void)
{
	model_spin();
	return 0;
}

int
__wrap_sigaction(int number, const struct sigaction *new, struct sigaction *old)
{
	(void)number, (void)new;
	if (old != NULL)
		*old = (struct sigaction){.sa_handler = SIG_DFL};
	return 0;
}

int
__wrap_sigaltstack(const stack_t *new, stack_t *old)
{
	(void)new;
	if (old != NULL)
		*old = (stack_t){.ss_flags = SS_DISABLE};
	return 0;
}

int
__wrap_pthread_sigmask(int how, const sigset_t *new, sigset_t *old)
{
	(void)how, (void)new;
	if (old != NULL)
		sigemptyset(old);
	return 0;
}

int
__wrap_pthread_setname_np(pthread_t id, const char *name)
{
	(void)id, (void)name;
	return 0;
}

int
__wrap_pthread_setcancelstate(int new, int *old)
{
	(void)new;
	if (old != NULL)
		*old = PTHREAD_CANCEL_ENABLE;
	return 0;
}

void
__wrap_abort(void)
{
	finding("abort() at %s", place_of(__builtin_return_address(0)));
}
