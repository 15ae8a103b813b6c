/* SPDX-License-Identifier: MIT */
/* signal.c: see signal.h. */
#include "sync/signal.h"

#include "base/atomic.h"
#include "sync/fork.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>

static bool watching; /* guarded by the global lock */

/* What the handler needs. There is one watch at a time, so these are its own. */
static crl_atomic(bool) raised; /* relaxed: the semaphore orders it */
static struct sigaction before;
static sem_t semaphore;

static void
handle(int number)
{
	const int error = errno;

	sigaction(number, &before, NULL);
	crl_store(&raised, true, relaxed);
	sem_post(&semaphore);
	errno = error;
}

static void *
wait_for_it(void *arg)
{
	crl_signal_watch *watch = arg;

	crl_thread_name_self("creel-signal");
	while (sem_wait(&semaphore) != 0)
		;
	if (crl_load(&raised, relaxed))
		watch->fn(watch->arg);
	return NULL;
}

/* Be the one watch, or not any more; false: there is another. */
static bool
claim(bool from, bool to)
{
	bool was;

	crl_global_lock();
	was = watching;
	if (was == from)
		watching = to;
	crl_global_unlock();
	return was == from;
}

bool
crl_signal_watch_begin(crl_signal_watch *watch, int number, void (*fn)(void *arg), void *arg)
{
	struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};

	if (!claim(false, true))
		return false;
	*watch = (crl_signal_watch){.number = number, .fn = fn, .arg = arg};
	crl_store(&raised, false, relaxed);
	sem_init(&semaphore, 0, 0);
	if (crl_thread_start(&watch->thread, wait_for_it, watch) != 0) {
		claim(true, false);
		return false;
	}
	sigemptyset(&action.sa_mask);
	sigaction(number, NULL, &before);
	sigaction(number, &action, NULL);
	return true;
}

void
crl_signal_watch_end(crl_signal_watch *watch)
{
	struct sigaction now;

	sigaction(watch->number, NULL, &now);
	if (now.sa_handler == handle)
		sigaction(watch->number, &before, NULL);
	sem_post(&semaphore); /* where no signal has come */
	crl_thread_join(&watch->thread);
	sem_destroy(&semaphore);
	claim(true, false);
}
