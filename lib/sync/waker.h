/* SPDX-License-Identifier: MIT */
/*
 * waker.h: all that a future knows of who waits for it.
 *
 * A waker is a node that whoever waits links into what it waits for. When that happens, the
 * completer takes the node out and calls wake on it, once. wake must be short, must not block or
 * suspend, and must not call the program's code. The node belongs to the waiter again from some point
 * inside wake on: the caller reads what it needs of the node before.
 *
 * The node points to a place where the function stands. Mostly that is a constant; one who has very many
 * nodes keeps it in what they all belong to, and so finds that from any node, without a word more in each.
 */
#ifndef CRL_SYNC_WAKER_H
#define CRL_SYNC_WAKER_H

#include "base/attr.h"
#include "base/list.h"

typedef struct crl_waker crl_waker;
typedef void crl_wake(crl_waker *);

struct crl_waker {
	crl_list link;
	crl_wake *const *wake; /* where the function stands */
};

static inline void
crl_waker_wake(crl_waker *waker)
{
	(*waker->wake)(waker);
}

/* Wake all of a list, which is empty then. Whoever guards the list does. */
static inline void
crl_wakers_wake(crl_list *wakers)
{
	crl_list *link;

	/* Each is unlinked before it is woken, for it may be gone right after. */
	while ((link = crl_list_pop_front(wakers)) != NULL) {
		crl_waker *waker = CRL_CONTAINER_OF(link, crl_waker, link);

		crl_waker_wake(waker);
	}
}

#endif
