/* SPDX-License-Identifier: MIT */
/*
 * mailbox.h: where any thread leaves something for one runner. Intrusive: never allocates.
 *
 * A stack that many push onto, and that its owner takes whole and turns round, so that letters come
 * out in the order of their pushes. The owner can close it for ever, when it is empty: the head then
 * is a sentinel, so a push that races with the end either comes before it, and is taken, or is
 * refused. Nothing is lost.
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
 *         For a pool's sake the CAS is seq_cst: who pushes looks then who sleeps (pool/README.md).
 * Linearizes   push at its CAS, or at the load that finds the sentinel; take at its exchange; close
 *              at its CAS.
 * Lifetime     push touches the mailbox last at its CAS, and the letter never after it.
 * Why a stack  nothing is ever popped singly, so there is no ABA; the owner takes few at a time.
 */
#ifndef CRL_QUEUE_MAILBOX_H
#define CRL_QUEUE_MAILBOX_H

#include "base/atomic.h"
#include "base/attr.h"
#include "queue/letter.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct crl_mailbox {
	crl_atomic(crl_letter *) head;
} crl_mailbox;

/* The head of a mailbox that is closed. */
extern crl_letter crl_mailbox_closed;

/* What a push has come upon. */
typedef enum crl_push {
	CRL_PUSH_CLOSED, /* the letter is the caller's still */
	CRL_PUSH_FIRST,  /* the mailbox was empty: wake its owner */
	CRL_PUSH_MORE    /* there were others; whoever pushed the first of them wakes the owner */
} crl_push;

/* Push a chain of letters, the newest first, in one step. One that is refused is as it was; its end says so. */
static inline crl_push
crl_mailbox_push_chain(crl_mailbox *mailbox, crl_letter *newest, crl_letter *oldest)
{
	crl_letter *head = crl_load(&mailbox->head, relaxed);

	do {
		if (crl_unlikely(head == &crl_mailbox_closed)) {
			oldest->next = NULL;
			return CRL_PUSH_CLOSED;
		}
		oldest->next = head;
	} while (!crl_cas_weak(&mailbox->head, &head, newest, seq_cst, relaxed)); /* [MB1] [P1] */
	return head == NULL ? CRL_PUSH_FIRST : CRL_PUSH_MORE;
}

static inline crl_push
crl_mailbox_push(crl_mailbox *mailbox, crl_letter *letter)
{
	return crl_mailbox_push_chain(mailbox, letter, letter);
}

/* Is it empty, or closed? What was pushed before is seen. */
static inline bool
crl_mailbox_is_empty(const crl_mailbox *mailbox)
{
	const crl_letter *head = crl_load(&mailbox->head, seq_cst); /* [P1] [P2] */

	return head == NULL || head == &crl_mailbox_closed;
}

/* Is this letter, which has been pushed, the last one that was? A letter that was pushed by the caller, or before
 * something that the caller knows of, counts; of others it may not be seen yet. */
static inline bool
crl_mailbox_is_newest(const crl_mailbox *mailbox, const crl_letter *letter)
{
	return crl_load(&mailbox->head, relaxed) == letter; /* nothing is read through it */
}

/* Take all letters, as they are: the newest first; NULL: there is none. */
static inline crl_letter *
crl_mailbox_take(crl_mailbox *mailbox)
{
	const crl_letter *newest = crl_load(&mailbox->head, relaxed);

	if (newest == NULL || newest == &crl_mailbox_closed) /* a push that comes now unparks us */
		return NULL;
	return crl_exchange(&mailbox->head, NULL, acq_rel); /* [MB1] [P2] */
}

/* By who keeps others from taking: the newest letter, with all that were pushed before it; NULL: there is none. */
static inline crl_letter *
crl_mailbox_look(const crl_mailbox *mailbox)
{
	crl_letter *newest = crl_load(&mailbox->head, acquire); /* [MB1] */

	return newest != &crl_mailbox_closed ? newest : NULL;
}

/* Move all letters behind those of a list, oldest first. */
static inline void
crl_mailbox_collect(crl_mailbox *mailbox, crl_letters *to)
{
	crl_letters_append_turned(to, crl_mailbox_take(mailbox));
}

/* By the owner: refuse all letters from now on; false: there are some, to be taken first. */
static inline bool
crl_mailbox_close(crl_mailbox *mailbox)
{
	crl_letter *head = NULL;

	/* Nothing is published: a refused push learns no more than that. */
	return crl_cas(&mailbox->head, &head, &crl_mailbox_closed, relaxed, relaxed);
}

/* By the owner: has it? */
static inline bool
crl_mailbox_is_closed(const crl_mailbox *mailbox)
{
	return crl_load(&mailbox->head, relaxed) == &crl_mailbox_closed; /* its own doing */
}

/* By the owner, when nobody else knows the mailbox: empty and open. */
static inline void
crl_mailbox_init(crl_mailbox *mailbox)
{
	crl_store(&mailbox->head, NULL, relaxed); /* not shared yet */
}

#endif
