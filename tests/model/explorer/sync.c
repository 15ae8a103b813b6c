/* SPDX-License-Identifier: MIT */
/*
 * sync.c: mutexes, condition variables, once, and the keys of threads. A mutex passes on what its last
 * owner had learnt. A thread that sleeps on a condition variable can be signalled; it can time out at
 * any moment, if it has a deadline; and it can wake for no reason, which is a surprise. Any of the
 * sleepers may be the one that a signal wakes.
 */
#include "explorer/world.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#define KEYS 4

static void (*destructors[KEYS])(void *);
static unsigned keys_made;

void
sync_reset(void)
{
	keys_made = 0;
}

/* Touch the object, to learn whether it is still there. */
static location *
object(const volatile void *p, void *pc)
{
	race_access((uintptr_t)p, 4, ACCESS_ATOMIC_READ, NULL, pc);
	return location_of(p);
}

#define DESTROYED 0xd5

/* It begins or ends: whoever uses it at the same time races, and what is destroyed can be told by its bytes. */
static void
fill(void *p, size_t size, int with, void *pc)
{
	race_access((uintptr_t)p, size, ACCESS_WRITE, NULL, pc);
	memset(p, with, size);
}

static void
check_alive(const location *at, const char *what)
{
	if (*(const unsigned char *)at->address == DESTROYED)
		finding("%s of %s, which was destroyed", what, name_of(at->address));
}

static void
release_to(location *at)
{
	const operation op = {.kind = OP_NONE, .at = at};

	at->owner = -1;
	view_copy(&at->released, &world.self->view);
	schedule_executed(&op);
}

static void
take(location *mutex)
{
	const operation op = {.kind = OP_LOCK, .at = mutex, .what = "lock"};

	mutex->owner = world.self->id;
	acquire_from(&mutex->released);
	trace(&op, "taken");
	schedule_executed(&op);
}

static void
lock(location *mutex)
{
	const operation op = {.kind = OP_LOCK, .at = mutex, .what = "lock"};

	tso_drain();
	schedule(&op);
	check_alive(mutex, "lock");
	take(mutex);
}

static void
check_owner(const location *mutex, const char *what)
{
	if (mutex->owner != world.self->id)
		finding("%s with %s, which thread %d does not hold", what, name_of(mutex->address),
			world.self->id);
}

static void
unlock(location *mutex)
{
	const operation op = {.kind = OP_NONE, .at = mutex, .what = "unlock"};

	check_owner(mutex, "unlock");
	tso_drain();
	trace(&op, "given back");
	release_to(mutex);
}

/* Sleep; true: it was signalled. The mutex is not held afterwards. */
static bool
sleep_on(location *cond, location *mutex, bool timed, int64_t deadline)
{
	model_thread *self = world.self;
	const operation wait = {.kind = OP_WAIT, .at = cond, .what = "wait"};
	const operation asleep = {.kind = OP_ASLEEP, .at = cond, .what = "wait"};

	tso_drain();
	schedule(&wait);
	cond->sleepers = (uint8_t)(cond->sleepers | 1u << self->id);
	trace(&wait, "goes to sleep");
	schedule_executed(&wait);
	release_to(mutex);
	self->timed = timed;
	self->deadline = deadline;
	self->woken = false;
	self->relock = mutex;
	schedule(&asleep);
	if (self->woken)
		return true;
	cond->sleepers = (uint8_t)(cond->sleepers & ~(1u << self->id));
	trace(&asleep, timed ? "its time is up" : "wakes for no reason");
	schedule_executed(&asleep);
	return false;
}

static int
wait(location *cond, location *mutex, bool timed, int64_t deadline)
{
	check_owner(mutex, "wait");
	check_alive(cond, "wait");
	if (sleep_on(cond, mutex, timed, deadline)) {
		take(mutex); /* it was free when this thread was chosen */
		return 0;
	}
	if (timed && world.now < deadline)
		world.now = deadline;
	lock(mutex);
	return timed ? ETIMEDOUT : 0;
}

static void
wake(location *cond, unsigned n)
{
	unsigned set = cond->sleepers;
	model_thread *t;

	while (n-- > 0)
		set &= set - 1;
	t = &world.threads[__builtin_ctz(set)];
	cond->sleepers = (uint8_t)(cond->sleepers & ~(1u << t->id));
	t->woken = true;
	t->pending = (operation){.kind = OP_LOCK, .at = t->relock, .what = "lock"};
}

static void
signal(location *cond, bool all)
{
	const operation op = {.kind = OP_SIGNAL, .at = cond, .what = "signal"};

	tso_drain();
	schedule(&op);
	check_alive(cond, "signal");
	trace(&op, "%s", cond->sleepers != 0 ? "wakes somebody" : "nobody sleeps");
	while (all && cond->sleepers != 0)
		wake(cond, 0);
	if (cond->sleepers != 0)
		wake(cond, schedule_value((unsigned)__builtin_popcount(cond->sleepers), false));
	schedule_executed(&op);
}

void
sync_keys_end(model_thread *thread)
{
	for (unsigned i = 0; i < keys_made; i++) {
		void *value = thread->keys[i];

		thread->keys[i] = NULL;
		if (value != NULL && destructors[i] != NULL)
			destructors[i](value);
	}
}

/* What the checked code calls. */
int __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr);
int __wrap_pthread_mutex_destroy(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attr);
int __wrap_pthread_cond_destroy(pthread_cond_t *cond);
int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int __wrap_pthread_cond_timedwait(
	pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *deadline);
int __wrap_pthread_cond_signal(pthread_cond_t *cond);
int __wrap_pthread_cond_broadcast(pthread_cond_t *cond);
int __wrap_pthread_once(pthread_once_t *once, void (*fn)(void));
int __wrap_pthread_key_create(pthread_key_t *key, void (*destructor)(void *));
int __wrap_pthread_setspecific(pthread_key_t key, const void *value);
int __wrap_pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void));

int
__wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attr)
{
	(void)attr;
	fill(mutex, sizeof *mutex, 0, __builtin_return_address(0));
	return 0;
}

int
__wrap_pthread_mutex_destroy(pthread_mutex_t *mutex)
{
	location *at = object(mutex, __builtin_return_address(0));

	if (at->owner >= 0)
		finding("a mutex is destroyed while thread %d holds it", at->owner);
	check_alive(at, "destroy");
	fill(mutex, sizeof *mutex, DESTROYED, __builtin_return_address(0));
	return 0;
}

int
__wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
	lock(object(mutex, __builtin_return_address(0)));
	return 0;
}

int
__wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	unlock(object(mutex, __builtin_return_address(0)));
	return 0;
}

int
__wrap_pthread_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attr)
{
	(void)attr;
	fill(cond, sizeof *cond, 0, __builtin_return_address(0));
	return 0;
}

int
__wrap_pthread_cond_destroy(pthread_cond_t *cond)
{
	location *at = object(cond, __builtin_return_address(0));

	if (at->sleepers != 0)
		finding("a condition variable is destroyed while a thread sleeps on it");
	check_alive(at, "destroy");
	fill(cond, sizeof *cond, DESTROYED, __builtin_return_address(0));
	return 0;
}

int
__wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	return wait(object(cond, __builtin_return_address(0)),
		object(mutex, __builtin_return_address(0)), false, 0);
}

int
__wrap_pthread_cond_timedwait(
	pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *deadline)
{
	const int64_t when = (int64_t)deadline->tv_sec * 1000000000 + deadline->tv_nsec;

	return wait(object(cond, __builtin_return_address(0)),
		object(mutex, __builtin_return_address(0)), true, when);
}

int
__wrap_pthread_cond_signal(pthread_cond_t *cond)
{
	signal(object(cond, __builtin_return_address(0)), false);
	return 0;
}

int
__wrap_pthread_cond_broadcast(pthread_cond_t *cond)
{
	signal(object(cond, __builtin_return_address(0)), true);
	return 0;
}

int
__wrap_pthread_once(pthread_once_t *once, void (*fn)(void))
{
	location *at = location_of(once);

	if (!at->done) {
		lock(at);
		if (!at->done)
			fn();
		at->done = true;
		unlock(at);
	}
	acquire_from(&at->released);
	return 0;
}

int
__wrap_pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
	if (keys_made == KEYS)
		finding("the explorer has room for %d keys", KEYS);
	destructors[keys_made] = destructor;
	*key = keys_made++;
	return 0;
}

int
__wrap_pthread_setspecific(pthread_key_t key, const void *value)
{
	world.self->keys[key] = (void *)(uintptr_t)value;
	return 0;
}

int
__wrap_pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
	(void)prepare, (void)parent, (void)child; /* no model forks */
	return 0;
}
