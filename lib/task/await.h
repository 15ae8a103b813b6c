/* SPDX-License-Identifier: MIT */
/* await.h: the pieces of waiting that every wait for a future is made of. */
#ifndef CRL_TASK_AWAIT_H
#define CRL_TASK_AWAIT_H

#include <creel/future.h>
#include <creel/status.h>
#include <creel/time.h>
#include <stdbool.h>
#include <stdint.h>

/* What waiting answers before it waits: CREEL_OK: the future is done; CREEL_EPENDING: it can be
 * waited for; else why it cannot. */
creel_status crl_await_check(const creel_future *future, creel_duration timeout);

/* Wait until it is done: CREEL_OK; or CREEL_ETIMEDOUT, CREEL_ECANCELLED, CRL_CUT, CREEL_EDEADLK, CREEL_ENOMEM.
 * Reports nothing. */
creel_status crl_await_end(creel_future *future, int64_t deadline);

/* A wait was cut short, by a timeout, by a request to the caller or by a scope: cancel the future and wait for its real
 * end, however long that takes. Requests that come meanwhile are passed on as well: *requested. */
void crl_await_cancel(creel_future *future, bool *requested);

/* Work of the caller's was left out since it was cancelled: was that by the caller's being asked to end, or by one of
 * its scopes? Then the caller is told that, else this text. CREEL_ECANCELLED. */
creel_status crl_await_report_cut(const char *text);

/* The calling task was asked to end, but what it waited for has an outcome: the request waits again. */
void crl_await_restore_request(void);

#endif
