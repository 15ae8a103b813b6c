/* SPDX-License-Identifier: MIT */
/*
 * test_parker_fork.c: a fork while another thread is late with an unpark. It holds the mutex of a
 * parker that its owner has left already, and in the child nobody will ever unlock it.
 */
#include "sync/parker.h"

#include "base/clock.h"
#include "support/child.h"
#include "support/gate.h"
#include "support/suite.h"

#include <creel/time.h>

#include <signal.h>
#include <unistd.h>

#define PATIENCE 10 /* seconds, for a child that hangs */

static crl_parker *parker;
static gate asleep = GATE_INIT;        /* the owner waits */
static gate before_lock = GATE_INIT;   /* the waker has left its token, */
static gate before_unlock = GATE_INIT; /* and now it holds the mutex */
static _Thread_local bool is_waker;

int __real_pthread_mutex_lock(pthread_mutex_t *);
int __wrap_pthread_mutex_lock(pthread_mutex_t *);
int __real_pthread_mutex_unlock(pthread_mutex_t *);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *);
int __real_pthread_cond_wait(pthread_cond_t *, pthread_mutex_t *);
int __wrap_pthread_cond_wait(pthread_cond_t *, pthread_mutex_t *);

int
__wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
	if (is_waker && mutex == &parker->mutex)
		gate_pass(&before_lock);
	return __real_pthread_mutex_lock(mutex);
}

int
__wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	if (is_waker && mutex == &parker->mutex)
		gate_pass(&before_unlock);
	return __real_pthread_mutex_unlock(mutex);
}

/* The owner is woken for nothing just when the token is there. */
int
__wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	if (parker == NULL || cond != &parker->cond)
		return __real_pthread_cond_wait(cond, mutex);
	gate_open(&asleep);
	pthread_mutex_unlock(mutex);
	gate_await_arrivals(&before_lock, 1);
	return __real_pthread_mutex_lock(mutex);
}

static void *
unpark_late(void *arg)
{
	is_waker = true;
	gate_pass(&asleep);
	crl_unpark(parker);
	return arg;
}

/* Park, and leave the waker with the mutex locked. */
static pthread_t
leave_the_waker_behind(void)
{
	pthread_t waker;

	ck_assert_int_eq(pthread_create(&waker, NULL, unpark_late, NULL), 0);
	crl_park(parker, CRL_NEVER);
	gate_open(&before_lock);
	gate_await_arrivals(&before_unlock, 1);
	ck_assert_int_ne(pthread_mutex_trylock(&parker->mutex), 0);
	return waker;
}

static void
expect_it_works(crl_parker *its)
{
	int64_t deadline;

	signal(SIGALRM, SIG_DFL); /* not what Check does with it */
	alarm(PATIENCE);
	child_expect(its != NULL);
	crl_unpark(its);
	crl_park(its, CRL_NEVER);
	deadline = crl_deadline(CREEL_MILLISECONDS(1));
	while (crl_now() < deadline)
		crl_park(its, deadline);
}

static void
use_own(void *arg)
{
	(void)arg;
	expect_it_works(crl_parker_self());
}

START_TEST(the_child_can_use_its_threads_own)
{
	pthread_t waker;

	parker = crl_parker_self();
	waker = leave_the_waker_behind();
	ck_assert(child_exited_with(child_run(use_own, NULL), 0));
	gate_open(&before_unlock);
	pthread_join(waker, NULL);
}
END_TEST

static void
use_recycled(void *arg)
{
	(void)arg;
	expect_it_works(crl_parker_get());
}

START_TEST(the_child_can_use_a_recycled_one)
{
	pthread_t waker;

	parker = crl_parker_get();
	waker = leave_the_waker_behind();
	crl_parker_put(parker);
	ck_assert(child_exited_with(child_run(use_recycled, NULL), 0));
	gate_open(&before_unlock);
	pthread_join(waker, NULL);
}
END_TEST

CREEL_SUITE("creel.sync.parker_fork", the_child_can_use_its_threads_own,
	the_child_can_use_a_recycled_one)
