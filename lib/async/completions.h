/* SPDX-License-Identifier: MIT */
/*
 * completions.h: the completion queue: futures in, in any order; completions out, in order.
 *
 * Each future that is added gets an *entry*, a waker linked into the future. The completer's wake
 * moves the entry from the pending to the done list, or hands it straight to a waiting consumer. All
 * of that happens under one mutex. So an entry is in exactly one place, and never falls between a
 * consumer that gives up and one that goes on waiting.
 *
 * Entries
 *     PENDING ──completer──► DONE ──next──► (gone)
 *        │                    └──(a consumer waits)──► GIVEN ──next──► (gone)
 *        └──destroy──► (unlinked from its future, or awaited if the completer has it)
 *
 * Lifetime  the queue is counted: the handle, and each consumer that has begun to wait in next(). destroy() waits for
 *           completers that have already taken an entry from its future; their last access is the
 *           unlock of the mutex.
 */
#ifndef CRL_ASYNC_COMPLETIONS_H
#define CRL_ASYNC_COMPLETIONS_H

#include "async/pace.h"
#include "future/future.h"
#include "runner/waiter.h"
#include "sync/mutex.h"

#include <creel/completions.h>

typedef struct crl_entry {
	crl_waker waker;
	creel_completions *queue;
	creel_future *future; /* a reference */
	void *tag;
	size_t index;
	crl_list place; /* in `pending` or `done` */
	bool in_batch;  /* one of creel_as_completed()'s, which are freed with the queue */
} crl_entry;

/* A consumer that waits in next(). It is in `consumers` until something is given to it. */
typedef struct crl_consumer {
	crl_waiter waiter;
	crl_list place;
	crl_entry *given;
} crl_consumer;

struct creel_completions {
	unsigned generation;
	crl_mutex lock; /* guards the rest */
	crl_list pending, done, consumers;
	size_t count; /* entries that are pending or done, and not yet given */
	size_t next_index;
	crl_pace pace; /* of what is given */
	unsigned refs;
	bool closed;
	bool destroyed;
	crl_entry batch[]; /* creel_as_completed()'s */
};

/* Is the queue, and what else is needed, there, and not inherited from before a fork? */
creel_status crl_completions_check(const creel_completions *queue, const void *needed);

/* With the lock held: if nothing will follow, the waiting consumers need not wait. */
void crl_completions_release(creel_completions *queue);

/* Release an entry, but not its future. */
void crl_completions_free_entry(crl_entry *entry);

/* Let a reference go; the last one frees the queue. */
void crl_completions_unref(creel_completions *queue);

#endif
