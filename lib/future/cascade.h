/* SPDX-License-Identifier: MIT */
/*
 * cascade.h: what the end of a future sets off, in which order.
 *
 * Ending one future may end others: a gather ends with its last member, a shield with what it
 * stands for, and a callback may end whatever it likes. All that follows on this thread is one
 * cascade:
 *
 *   1. waiters are woken, all of them;
 *   2. then the futures that end by that do, one after the other, and their waiters are woken;
 *   3. callbacks are called last, in the order in which they became due, and what one of them ends
 *      goes through 1 and 2 before it goes on.
 *
 * So nobody who waits is kept from waking by the program's code, and a chain of any length uses the
 * same few stack frames.
 */
#ifndef CRL_FUTURE_CASCADE_H
#define CRL_FUTURE_CASCADE_H

#include "base/list.h"
#include "sync/waker.h"

/* By a completer: wake these, and do all that follows. The list is empty then. */
void crl_cascade_wake(crl_list *wakers);

/* By a wake that would end another future: the function at `wake` is called with the same waker once all
 * waiters have been woken, or at once where nobody is being woken. */
void crl_cascade_later(crl_waker *waker, crl_wake *const *wake);

/* A claimed callback is due: behind those of the cascade that is under way, or at once. */
void crl_cascade_callback(crl_list *link);

#endif
