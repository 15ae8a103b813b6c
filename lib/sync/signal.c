/* SPDX-License-Identifier: MIT */
/* signal.c: see signal.h. */
#include "sync/signal.h"

#include "base/atomic.h"
#include "sync/fork.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>

/* Guarded by the global lock. */
static bool watching, semaphore_made;

/* What the handler needs. There is one watch at a time, so these are its own. */
static crl_atomic(bool) raised; /* relaxed, both: the semaphore orders them */
static crl_atomic(bool) ended;
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
	do
		sem_wait(&semaphore);
	while (!crl_load(&raised, relaxed) && !crl_load(&ended, relaxed));
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
	if (to && !semaphore_made) { /* never destroyed: a handler may be about to post it */
		sem_init(&semaphore, 0, 0);
		semaphore_made = true;
	}
	crl_global_unlock();
	return was == from;
}

bool
crl_signal_watch_begin(crl_signal_watch *watch, int number, void (*fn)(void *arg), void *arg)
{
	struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART}, now;

	sigaction(number, NULL, &now);
	if (now.sa_handler == SIG_IGN || !claim(false, true))
		return false;
	*watch = (crl_signal_watch){.number = number, .fn = fn, .arg = arg};
	crl_store(&raised, false, relaxed);
	crl_store(&ended, false, relaxed);
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
	crl_store(&ended, true, relaxed);
	sem_post(&semaphore); /* where no signal has come */
	crl_thread_join(&watch->thread);
	claim(true, false);
}
