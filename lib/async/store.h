/* SPDX-License-Identifier: MIT */
/*
 * store.h: the items of a queue, in the order in which they are to come out.
 *
 * Each has a node of its own, which whoever puts it in has allocated, so that a store never needs memory. A
 * list serves first in, first out and its opposite; a pairing heap serves priorities, the smallest first,
 * equal ones in the order in which they came in. Not thread-safe.
 */
#ifndef CRL_ASYNC_STORE_H
#define CRL_ASYNC_STORE_H

#include "base/list.h"
#include "queue/heap.h"

#include <creel/queue.h>

typedef struct crl_item {
	void *value;
	int64_t priority; /* counts in a store of priorities alone */
	union {           /* while it is in a store */
		crl_list place;
		crl_timer key; /* the heap's nodes are timers: when is the priority */
	};
} crl_item;

typedef struct crl_store {
	creel_queue_order order;
	size_t count;
	crl_list list;
	crl_timer *top;    /* of the heap */
	uint64_t sequence; /* of the next item there */
} crl_store;

void crl_store_init(crl_store *store, creel_queue_order order);

void crl_store_push(crl_store *store, crl_item *item);

/* Take the next one out; NULL: there is none. */
crl_item *crl_store_pop(crl_store *store);

/* Move all of a store into one of the same order that is empty. */
void crl_store_move(crl_store *to, crl_store *from);

#endif
