/* SPDX-License-Identifier: MIT */
/* signal.c: see signal.h. */
#include "sync/signal.h"

#include "base/atomic.h"
#include "base/process.h"
#include "sync/fork.h"

#include <errno.h>
#include <semaphore.h>
#include <stddef.h>

/* What the handler of a signal needs. */
typedef struct slot {
	bool watched, made;      /* guarded by the global lock */
	unsigned generation;     /* of the process that watches; set before the handler stands */
	bool first_only;         /* the same */
	crl_atomic(bool) raised; /* relaxed, both: the semaphore orders them */
	crl_atomic(bool) ended;
	struct sigaction before;
	sem_t semaphore;
} slot;

static slot slots[NSIG];

static void
handle(int number)
{
	slot *s = &slots[number];
	const int error = errno;

	if (s->generation != crl_generation()) {
		sigaction(number, &s->before, NULL);
		raise(number);
	} else {
		if (s->first_only)
			sigaction(number, &s->before, NULL);
		crl_store(&s->raised, true, relaxed);
		sem_post(&s->semaphore);
	}
	errno = error;
}

static void *
wait_for_it(void *arg)
{
	crl_signal_watch *watch = arg;
	slot *s = &slots[watch->number];
	bool ended;

	crl_thread_name_self("creel-signal");
	do {
		sem_wait(&s->semaphore);
		ended = crl_load(&s->ended, relaxed);
		if (crl_exchange(&s->raised, false, relaxed)) {
			watch->fn(watch->arg);
			ended |= watch->first_only;
		}
	} while (!ended);
	return NULL;
}

/* Be the one watch, or not any more; false: there is another. */
static bool
claim(slot *s, bool from, bool to)
{
	bool was;

	crl_global_lock();
	was = s->watched;
	if (was == from)
		s->watched = to;
	if (to && !s->made) { /* never destroyed: a handler may be about to post it */
		sem_init(&s->semaphore, 0, 0);
		s->made = true;
	}
	crl_global_unlock();
	return was == from;
}

void
crl_signals_of_faults(sigset_t *faults)
{
	static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};

	sigemptyset(faults);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		sigaddset(faults, numbers[i]);
}

/* Can it be caught, and not as a fault? */
static bool
is_valid(int number)
{
	sigset_t faults;

	crl_signals_of_faults(&faults);
	return number > 0 && number < NSIG && number != SIGKILL && number != SIGSTOP &&
	       sigaction(number, NULL, NULL) == 0 && !sigismember(&faults, number);
}

int
crl_signal_watch_begin(crl_signal_watch *watch)
{
	struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
	const int number = watch->number;
	slot *s;
	int error;

	if (!is_valid(number))
		return EINVAL;
	s = &slots[number];
	if (!claim(s, false, true))
		return EBUSY;
	s->generation = crl_generation();
	s->first_only = watch->first_only;
	crl_store(&s->raised, false, relaxed);
	crl_store(&s->ended, false, relaxed);
	if ((error = crl_thread_start(&watch->thread, wait_for_it, watch)) != 0) {
		claim(s, true, false);
		return error;
	}
	sigemptyset(&action.sa_mask);
	sigaction(number, NULL, &s->before);
	sigaction(number, &action, NULL);
	return 0;
}

void
crl_signal_watch_end(crl_signal_watch *watch)
{
	slot *s = &slots[watch->number];
	struct sigaction now;

	sigaction(watch->number, NULL, &now);
	if (now.sa_handler == handle)
		sigaction(watch->number, &s->before, NULL);
	crl_store(&s->ended, true, relaxed);
	sem_post(&s->semaphore); /* where no signal has come */
	crl_thread_join(&watch->thread);
	claim(s, true, false);
}
