/* SPDX-License-Identifier: MIT */
/* test_parker_steps.c: an unpark between any two steps of a park. */
#include "sync/parker.h"

#include "base/clock.h"
#include "support/suite.h"

#include <sched.h>

/* What the wrappers do when a thread comes to the parker's mutex and condition variable. */
static enum {
	NOTHING,
	UNPARK_BEFORE_LOCK,  /* the owner finds the token only when it has the mutex */
	UNPARK_BEFORE_WAIT,  /* the waker comes when the owner has it, and is about to wait */
	WAKE_WITHOUT_SIGNAL, /* the owner looks, and looks, and never waits */
} scene;

static crl_parker *parker;
static _Thread_local bool is_waker;
static crl_atomic(bool) owner_waits; /* it is where it may be unparked */
static crl_atomic(bool) waker_came;  /* as far as it can without the mutex */
static int word;                     /* plain: published by the token */

int __real_pthread_mutex_lock(pthread_mutex_t *);
int __wrap_pthread_mutex_lock(pthread_mutex_t *);
int __real_pthread_cond_signal(pthread_cond_t *);
int __wrap_pthread_cond_signal(pthread_cond_t *);
int __real_pthread_cond_wait(pthread_cond_t *, pthread_mutex_t *);
int __wrap_pthread_cond_wait(pthread_cond_t *, pthread_mutex_t *);

int
__wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
	if (parker != NULL && mutex == &parker->mutex) {
		if (is_waker)
			crl_store(&waker_came, true, relaxed);
		else if (scene == UNPARK_BEFORE_LOCK)
			crl_unpark(parker);
	}
	return __real_pthread_mutex_lock(mutex);
}

int
__wrap_pthread_cond_signal(pthread_cond_t *cond)
{
	int result = __real_pthread_cond_signal(cond);

	if (is_waker)
		crl_store(&waker_came, true, relaxed);
	return result;
}

int
__wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	if (parker == NULL || cond != &parker->cond)
		return __real_pthread_cond_wait(cond, mutex);
	crl_store(&owner_waits, true, relaxed);
	if (scene == WAKE_WITHOUT_SIGNAL)
		return 0;
	while (scene == UNPARK_BEFORE_WAIT && !crl_load(&waker_came, relaxed))
		sched_yield();
	return __real_pthread_cond_wait(cond, mutex);
}

static void *
unpark_when_the_owner_waits(void *arg)
{
	is_waker = true;
	word = 42;
	while (!crl_load(&owner_waits, relaxed))
		sched_yield();
	crl_unpark(parker);
	return arg;
}

static void
park_and_be_unparked(void)
{
	pthread_t waker;

	ck_assert_int_eq(pthread_create(&waker, NULL, unpark_when_the_owner_waits, NULL), 0);
	crl_park(parker, CRL_NEVER);
	ck_assert_int_eq(word, 42);
	pthread_join(waker, NULL);
}

START_TEST(a_token_that_comes_before_the_lock_is_seen)
{
	parker = crl_parker_self();
	scene = UNPARK_BEFORE_LOCK;
	crl_park(parker, CRL_NEVER);
	ck_assert(!crl_load(&owner_waits, relaxed));
}
END_TEST

START_TEST(a_signal_cannot_fall_before_the_wait)
{
	parker = crl_parker_self();
	scene = UNPARK_BEFORE_WAIT;
	park_and_be_unparked();
	ck_assert(crl_load(&waker_came, relaxed));
}
END_TEST

/* And carries what the waker did before, though the mutex has not passed between the two. */
START_TEST(a_token_is_enough_without_its_signal)
{
	parker = crl_parker_self();
	scene = WAKE_WITHOUT_SIGNAL;
	park_and_be_unparked();
}
END_TEST

CREEL_SUITE("creel.sync.parker_steps", a_token_that_comes_before_the_lock_is_seen,
	a_signal_cannot_fall_before_the_wait, a_token_is_enough_without_its_signal)
