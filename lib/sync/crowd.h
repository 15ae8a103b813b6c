/* SPDX-License-Identifier: MIT */
/*
 * crowd.h: are there more threads at work than processors? Then to spin while one waits takes the time of those
 * who would end the wait.
 *
 * Counted are creel's own threads while they have work: they neither sleep nor search. It is a hint, so all is
 * relaxed.
 */
#ifndef CRL_SYNC_CROWD_H
#define CRL_SYNC_CROWD_H

#include <stdbool.h>

/* One of creel's threads begins to be at work, or ends. */
void crl_crowd_enter(void);
void crl_crowd_leave(void);

/* Is there a processor left for one more? */
bool crl_crowd_has_room(void);

#endif
