/* SPDX-License-Identifier: MIT */
/*
 * callback.h: done-callbacks: wakers that call the program.
 *
 * The completer runs them last (cascade.h), with no lock held, each with a reference to its future that
 * was taken before the completion could be seen.
 */
#ifndef CRL_FUTURE_CALLBACK_H
#define CRL_FUTURE_CALLBACK_H

#include "base/list.h"
#include "sync/waker.h"

#include <creel/future.h>
#include <stdbool.h>

/* Called instead of the callback when that will never be called. */
typedef void crl_callback_drop(void *arg);

/* As creel_future_on_done(), after the checks; drop may be NULL. False: no memory, which is not reported. */
bool crl_callback_add(creel_future *future, creel_done_fn *fn, void *arg, crl_callback_drop *drop);

bool crl_waker_is_callback(const crl_waker *waker);

/* By the completer, under the lock: callbacks among these get references to the future. */
void crl_callbacks_claim(creel_future *future, const crl_list *wakers);

/* Call a claimed one, and free it. */
void crl_callback_run(crl_list *link);

/* By the last unref: a future that never ended has callbacks that never run. */
void crl_callbacks_free(creel_future *future);

#endif
