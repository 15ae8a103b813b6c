/* SPDX-License-Identifier: MIT */
/*
 * mailbox.h: where any thread leaves something for one runner. Intrusive: never allocates.
 *
 * A stack that many push onto, and that its owner takes whole and turns round, so that letters come
 * out in the order of their pushes.
 *
 * Who        owner: the runner, takes    others: many, push
 * Progress   push lock-free | take wait-free but for the turning round
 *
 * Exclusion (X = caller must exclude)      push take
 *                                   push    -    -
 *                                   take    -    X
 * Ordering (release -> acquire, what it publishes)
 *   [MB1] push: CAS of head, release -> take: exchange of head, acquire    the letter, and all before
 *         A push on top of another continues its release sequence: one acquire sees them all.
 * Linearizes   push at its CAS, take at its exchange.
 * Lifetime     push touches the mailbox last at its CAS, and the letter never after it.
 * Why a stack  nothing is ever popped singly, so there is no ABA; the owner takes few at a time.
 */
#ifndef CRL_QUEUE_MAILBOX_H
#define CRL_QUEUE_MAILBOX_H

#include "base/atomic.h"

#include <stddef.h>

typedef struct crl_letter {
	struct crl_letter *next;
} crl_letter;

typedef struct crl_mailbox {
	crl_atomic(crl_letter *) head;
} crl_mailbox;

static inline void
crl_mailbox_push(crl_mailbox *mailbox, crl_letter *letter)
{
	crl_letter *head = crl_load(&mailbox->head, relaxed);

	do
		letter->next = head;
	while (!crl_cas_weak(&mailbox->head, &head, letter, release, relaxed)); /* [MB1] */
}

/* All letters, oldest first, linked by next; NULL if there are none. */
static inline crl_letter *
crl_mailbox_take(crl_mailbox *mailbox)
{
	crl_letter *newest, *oldest = NULL;

	if (crl_load(&mailbox->head, relaxed) == NULL) /* a push that comes now unparks us */
		return NULL;
	newest = crl_exchange(&mailbox->head, NULL, acquire); /* [MB1] */
	while (newest != NULL) {
		crl_letter *next = newest->next;

		newest->next = oldest;
		oldest = newest;
		newest = next;
	}
	return oldest;
}

#endif
