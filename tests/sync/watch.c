/* SPDX-License-Identifier: MIT */
/* watch.c: the wrappers in front of the waits on condition variables, and a sleeper. */
#include "sync/watch.h"

#include "base/clock.h"

#include <creel/time.h>

#include <check.h>
#include <sched.h>

static pthread_cond_t *watched;
static crl_atomic(int) waits;
static crl_atomic(int) idle_wakes;
static struct timespec last_deadline;

int __real_pthread_cond_wait(pthread_cond_t *, pthread_mutex_t *);
int __wrap_pthread_cond_wait(pthread_cond_t *, pthread_mutex_t *);
int __real_pthread_cond_timedwait(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
int __wrap_pthread_cond_timedwait(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

crl_parker *
watch_get(void)
{
	crl_parker *parker = crl_parker_get();

	ck_assert_ptr_nonnull(parker);
	watched = &parker->cond;
	crl_store(&waits, 0, relaxed);
	crl_store(&idle_wakes, 0, relaxed);
	return parker;
}

int
watch_waits(void)
{
	return crl_load(&waits, relaxed);
}

void
watch_await_waits(int n)
{
	while (watch_waits() < n)
		sched_yield();
}

void
watch_wake_for_nothing(int n)
{
	crl_store(&idle_wakes, n, relaxed);
}

struct timespec
watch_deadline(void)
{
	return last_deadline;
}

bool
watch_sleeps(crl_parker *parker)
{
	int64_t deadline = crl_deadline(CREEL_MILLISECONDS(2));
	int before = watch_waits();

	crl_park(parker, deadline);
	return crl_now() >= deadline && watch_waits() > before;
}

static void *
park_once(void *arg)
{
	sleeper *self = arg;

	crl_park(self->parker, self->deadline);
	self->woke_at = crl_now();
	crl_store(&self->awake, true, relaxed);
	return NULL;
}

void
sleeper_start(sleeper *s, crl_parker *parker, int64_t deadline)
{
	s->parker = parker;
	s->deadline = deadline;
	s->woke_at = 0;
	crl_store(&s->awake, false, relaxed);
	ck_assert_int_eq(pthread_create(&s->thread, NULL, park_once, s), 0);
}

/* Is this wait to return at once? */
static bool
count(const pthread_cond_t *cond)
{
	int left = crl_load(&idle_wakes, relaxed);

	if (cond != watched)
		return false;
	if (left > 0)
		crl_store(&idle_wakes, left - 1, relaxed);
	crl_fetch_add(&waits, 1, relaxed);
	return left > 0;
}

int
__wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	return count(cond) ? 0 : __real_pthread_cond_wait(cond, mutex);
}

int
__wrap_pthread_cond_timedwait(
	pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *deadline)
{
	if (cond == watched)
		last_deadline = *deadline;
	return count(cond) ? 0 : __real_pthread_cond_timedwait(cond, mutex, deadline);
}
