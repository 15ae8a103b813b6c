/* SPDX-License-Identifier: MIT */
/* parker.c: see parker.h for the protocol. */
#include "sync/parker.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/process.h"
#include "sync/crowd.h"
#include "sync/fork.h"
#include "sync/spin.h"

#include <errno.h>
#include <time.h>

enum { EMPTY = CRL_PARKER_EMPTY, PARKED = CRL_PARKER_PARKED, NOTIFIED = CRL_PARKER_NOTIFIED };

/* Bounds of `spins`, in pauses. It doubles when spinning has paid, and halves when it has not. */
#define FEWEST_SPINS 16u
#define MOST_SPINS 1024u

static crl_stable_cache cache;

/* How many sleep with a deadline while the clock stands: a test spins on it. */
static crl_atomic(int) sleepers;

/* How often all were to look at the clock. */
static crl_atomic(unsigned) looks;

/* The calling thread's parker; the key's destructor gives it back when the thread ends. */
static _Thread_local crl_parker *own;
static pthread_key_t own_key;
static bool own_key_made; /* guarded by the global lock; then the key is there for ever */

static void
init_parker(void *memory)
{
	crl_parker *parker = memory;
	pthread_condattr_t attr;

	pthread_mutex_init(&parker->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&parker->cond, &attr);
	pthread_condattr_destroy(&attr);
	parker->spins = CRL_SPINNING_PAYS ? FEWEST_SPINS : 0;
}

crl_parker *
crl_parker_get(void)
{
	return crl_stable_get(&cache, sizeof(crl_parker), init_parker);
}

void
crl_parker_put(crl_parker *parker)
{
	crl_stable_put(&cache, parker);
}

static void
give_back(void *parker)
{
	own = NULL;
	crl_parker_put(parker);
}

/* Where there was no key to be had, there may be one the next time. */
static bool
make_key(void)
{
	bool made;

	crl_global_lock();
	if (!own_key_made)
		own_key_made = pthread_key_create(&own_key, give_back) == 0;
	made = own_key_made;
	crl_global_unlock();
	return made;
}

crl_parker *
crl_parker_self(void)
{
	if (crl_likely(own != NULL && own->stable.generation == crl_generation()))
		return own;
	if (!make_key() || (own = crl_parker_get()) == NULL)
		return NULL;
	if (pthread_setspecific(own_key, own) != 0) {
		crl_parker_put(own);
		own = NULL;
	}
	return own;
}

/* With the mutex held: it is one of those who sleep until the clock is moved, and has read it since this look. */
static void
count(crl_parker *parker, unsigned look)
{
	parker->counted = look + 1;
	crl_fetch_add(&sleepers, 1, release); /* [PK2] */
}

/* Before the clock is read. */
static unsigned
latest_look(void)
{
	return crl_load(&looks, acquire); /* [PK3] */
}

/* The same: it is not, any more. */
static void
uncount(crl_parker *parker)
{
	if (parker->counted != 0)
		crl_fetch_sub(&sleepers, 1, relaxed);
	parker->counted = 0;
}

/* Wait on the condition variable, once; false when the deadline has come. */
static bool
wait_once(crl_parker *parker, int64_t deadline)
{
	struct timespec ts;

	CRL_COUNT(SLEEP);
	if (deadline == CRL_NEVER) {
		pthread_cond_wait(&parker->cond, &parker->mutex);
		return true;
	}
	if (crl_unlikely(crl_clock_is_paused())) {
		const unsigned look = latest_look();

		if (crl_now() >= deadline)
			return false;
		count(parker, look);
		pthread_cond_wait(&parker->cond, &parker->mutex);
		uncount(parker);
		return true;
	}
	deadline = crl_clock_by_system(deadline);
	if (deadline < 0) /* before the clock began: past */
		deadline = 0;
	ts.tv_sec = (time_t)(deadline / 1000000000);
	ts.tv_nsec = (long)(deadline % 1000000000);
	return pthread_cond_timedwait(&parker->cond, &parker->mutex, &ts) != ETIMEDOUT;
}

static bool
take_token(crl_parker *parker)
{
	int state = NOTIFIED;

	return crl_cas(&parker->state, &state, EMPTY, acquire, relaxed); /* [PK1] */
}

/* Whatever woke the owner; a token that came meanwhile is taken. */
static void
leave_state(crl_parker *parker)
{
	crl_exchange(&parker->state, EMPTY, acquire); /* [PK1] */
}

void
crl_park(crl_parker *parker, int64_t deadline)
{
	int state, cancelable;

	if (take_token(parker))
		return;
	/* A thread that is cancelled in here would leave its waiter linked and its mutex locked. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelable);
	pthread_mutex_lock(&parker->mutex);
	state = EMPTY;
	if (crl_cas(&parker->state, &state, PARKED, relaxed, relaxed))
		while (crl_load(&parker->state, relaxed) == PARKED && wait_once(parker, deadline))
			;
	leave_state(parker);
	pthread_mutex_unlock(&parker->mutex);
	pthread_setcancelstate(cancelable, NULL);
}

bool
crl_parker_arm(crl_parker *parker, crl_sleeper *sleeper)
{
	int state = EMPTY;

	pthread_mutex_lock(&parker->mutex);
	parker->sleeper = sleeper;
	pthread_mutex_unlock(&parker->mutex);
	/* Who sees PARKED locks the mutex after this thread has, and so sees the sleeper. */
	return crl_cas(&parker->state, &state, PARKED, relaxed, relaxed);
}

void
crl_parker_disarm(crl_parker *parker)
{
	leave_state(parker);
	pthread_mutex_lock(&parker->mutex);
	parker->sleeper = NULL;
	pthread_mutex_unlock(&parker->mutex);
}

/* The clock stands: sleep until it is moved. */
static void
sleep_counted(crl_parker *parker, crl_sleeper *sleeper, unsigned look)
{
	pthread_mutex_lock(&parker->mutex);
	count(parker, look);
	pthread_mutex_unlock(&parker->mutex);
	sleeper->sleep(sleeper, CRL_NEVER);
	pthread_mutex_lock(&parker->mutex);
	uncount(parker);
	pthread_mutex_unlock(&parker->mutex);
}

/* As wait_once(). */
static void
sleep_once(crl_parker *parker, crl_sleeper *sleeper, int64_t deadline)
{
	unsigned look;

	CRL_COUNT(SLEEP);
	if (deadline == CRL_NEVER || crl_likely(!crl_clock_is_paused())) {
		sleeper->sleep(sleeper, deadline);
		return;
	}
	look = latest_look();
	if (crl_now() < deadline)
		sleep_counted(parker, sleeper, look);
}

void
crl_park_in(crl_parker *parker, crl_sleeper *sleeper, int64_t deadline)
{
	int cancelable;

	if (take_token(parker))
		return;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelable);
	if (crl_parker_arm(parker, sleeper))
		sleep_once(parker, sleeper, deadline);
	crl_parker_disarm(parker);
	pthread_setcancelstate(cancelable, NULL);
}

static bool
spin(const crl_parker *parker)
{
	for (unsigned i = 0; i < parker->spins; i++) {
		if (crl_parker_is_notified(parker))
			return true;
		crl_pause();
	}
	return crl_parker_is_notified(parker);
}

void
crl_park_soon(crl_parker *parker, int64_t deadline)
{
	bool paid;

	if (!crl_crowd_has_room()) {
		crl_park(parker, deadline);
		return;
	}
	paid = spin(parker);
	if (paid && parker->spins > 0 && parker->spins < MOST_SPINS)
		parker->spins *= 2;
	else if (!paid && parker->spins > FEWEST_SPINS)
		parker->spins /= 2;
	crl_park(parker, deadline);
}

void
crl_unpark(crl_parker *parker)
{
	crl_sleeper *sleeper;

	if (crl_exchange(&parker->state, NOTIFIED, release) != PARKED) /* [PK1] */
		return;
	CRL_COUNT(WAKE);
	pthread_mutex_lock(&parker->mutex);
	sleeper = parker->sleeper;
	if (sleeper != NULL)
		sleeper->wake(sleeper);
	pthread_mutex_unlock(&parker->mutex);
	if (sleeper == NULL)
		pthread_cond_signal(&parker->cond);
}

int
crl_parker_sleepers(void)
{
	return crl_load(&sleepers, acquire); /* [PK2] */
}

/* Have the owner look. It counts only when it has, and sleeps again; which it may do before this ends. */
static void
have_look(void *memory)
{
	crl_parker *parker = memory;

	if (parker->stable.generation !=
		crl_generation()) /* in the child of a fork somebody may hold the mutex */
		return;
	crl_unpark(parker);
	pthread_mutex_lock(&parker->mutex);
	if (parker->counted != crl_load(&looks, relaxed) + 1)
		uncount(parker);
	pthread_mutex_unlock(&parker->mutex);
}

void
crl_parkers_look(void)
{
	crl_fetch_add(&looks, 1, release); /* [PK3] */
	crl_stable_each(&cache, have_look);
}

void
crl_parkers_forget(void)
{
	crl_store(&sleepers, 0, relaxed); /* one thread is left, and does not sleep */
}

void
crl_parker_step(int64_t nanoseconds)
{
	crl_clock_step(nanoseconds);
	crl_parkers_look();
}
