/* SPDX-License-Identifier: MIT */
/*
 * fork.h: the one lock for what is global, and what a fork does.
 *
 * The child of a fork has only the thread that forked, so a mutex that another one held stays locked
 * for ever. For what belongs to an object that is no matter: its calls answer CREEL_ECLOSED before they
 * touch it (base/process.h). What is global must go on in the child; all of it is guarded by this lock,
 * which is held across every fork.
 */
#ifndef CRL_SYNC_FORK_H
#define CRL_SYNC_FORK_H

void crl_global_lock(void);
void crl_global_unlock(void);

#endif
