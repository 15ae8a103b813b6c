/* SPDX-License-Identifier: MIT */
/*
 * waker.h: all that a future knows of who waits for it.
 *
 * A waker is a node that whoever waits links into what it waits for. When that happens, the
 * completer takes the node out and calls wake on it, once. wake must be short, must not block or
 * suspend, and must not call the program's code. The node belongs to the waiter again from some point
 * inside wake on: the caller reads what it needs of the node before.
 */
#ifndef CRL_SYNC_WAKER_H
#define CRL_SYNC_WAKER_H

#include "base/list.h"

typedef struct crl_waker {
	crl_list link;
	void (*wake)(struct crl_waker *);
} crl_waker;

#endif
