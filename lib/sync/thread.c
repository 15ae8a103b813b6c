/* SPDX-License-Identifier: MIT */
/* thread.c: pthreads. */
#include "sync/thread.h"

#include "sync/signal.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* All signals but those that a fault raises in the thread that made it. */
static void
mask_for_workers(sigset_t *mask)
{
	sigset_t faults;

	crl_signals_of_faults(&faults);
	sigfillset(mask);
	for (int number = 1; number < NSIG; number++)
		if (sigismember(&faults, number) == 1)
			sigdelset(mask, number);
}

static int
start(crl_thread *thread, const pthread_attr_t *attributes, void *(*fn)(void *), void *arg)
{
	sigset_t mask, before;
	int error;

	/* Before the thread exists, so that no signal slips in between. */
	mask_for_workers(&mask);
	pthread_sigmask(SIG_SETMASK, &mask, &before);
	error = pthread_create(&thread->id, attributes, fn, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

int
crl_thread_start(crl_thread *thread, void *(*fn)(void *), void *arg)
{
	return start(thread, NULL, fn, arg);
}

int
crl_thread_start_on(crl_thread *thread, int cpu, void *(*fn)(void *), void *arg)
{
	pthread_attr_t attributes;
	cpu_set_t cpus;
	int error;

	if (cpu == CRL_ANY_CPU)
		return start(thread, NULL, fn, arg);
	if (cpu < 0 || cpu >= CPU_SETSIZE)
		return EINVAL;
	CPU_ZERO(&cpus);
	CPU_SET((size_t)cpu, &cpus);
	if ((error = pthread_attr_init(&attributes)) != 0)
		return error;
	error = pthread_attr_setaffinity_np(&attributes, sizeof cpus, &cpus);
	if (error == 0)
		error = start(thread, &attributes, fn, arg);
	pthread_attr_destroy(&attributes);
	return error;
}

void
crl_thread_join(crl_thread *thread)
{
	pthread_join(thread->id, NULL);
}

void
crl_thread_detach(crl_thread *thread)
{
	pthread_detach(thread->id);
}

crl_thread
crl_thread_self(void)
{
	return (crl_thread){pthread_self()};
}

bool
crl_thread_is_self(const crl_thread *thread)
{
	return pthread_equal(thread->id, pthread_self());
}

long
crl_thread_number(void)
{
	return gettid();
}

void
crl_thread_name_self(const char *name)
{
	char short_name[16];

	snprintf(short_name, sizeof short_name, "%s", name);
	pthread_setname_np(pthread_self(), short_name);
}

void
crl_thread_yield(void)
{
	sched_yield();
}

void
crl_thread_nap(int64_t nanoseconds)
{
	const struct timespec ts = {
		(time_t)(nanoseconds / 1000000000), (long)(nanoseconds % 1000000000)};

	nanosleep(&ts, NULL); /* a signal may end it: it was only a nap */
}

unsigned
crl_thread_cpus(void)
{
	cpu_set_t set;
	long count;

	/* A cpu_set_t has room for 1024; on larger machines, count what is online. */
	if (sched_getaffinity(0, sizeof set, &set) == 0)
		count = CPU_COUNT(&set);
	else
		count = sysconf(_SC_NPROCESSORS_ONLN);
	return count > 0 ? (unsigned)count : 1;
}
