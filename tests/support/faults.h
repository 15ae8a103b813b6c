/* SPDX-License-Identifier: MIT */
/*
 * faults.h: make the n-th call of a system function fail. For tests that are linked with
 * SOURCES support/faults.c WRAP malloc pthread_create mmap; for FAULT_FD also support/fd_faults.c and WRAP
 * epoll_create1 epoll_ctl eventfd timerfd_create pipe.
 *
 *     for (n = 1; ; n++) {
 *             fault_arm(FAULT_MALLOC, n, true);
 *             ... exercise ...
 *             if (!fault_disarm())     the n-th call did not happen: all points have been tried
 *                     break;
 *     }
 */
#ifndef CREEL_TEST_FAULTS_H
#define CREEL_TEST_FAULTS_H

#include <stdbool.h>

typedef enum fault_kind { FAULT_MALLOC, FAULT_THREAD, FAULT_MMAP, FAULT_FD } fault_kind;

/* Fail the n-th call from now on (1: the next), and all later ones too if `all`. Any thread counts. */
void fault_arm(fault_kind kind, int n, bool all);

/* By a wrapper: is this call, of that kind, one that is to fail? */
bool fault_hits(fault_kind kind);

/* Back to normal. True if a call was failed. */
bool fault_disarm(void);

#endif
