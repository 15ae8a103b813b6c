/* SPDX-License-Identifier: MIT */
/*
 * guard.h: what stands below a stack: a guard that faults, or a canary; see stack.h for the kinds. For
 * stack.c alone.
 */
#ifndef CRL_FIBER_GUARD_H
#define CRL_FIBER_GUARD_H

#include "fiber/stack.h"

/* Make the guard of a new stack by the first means that can be had, and note its kind. A canary is not
 * written yet. False: no memory. */
bool crl_guard_make(crl_stack *stack);

void crl_guard_write_canary(const crl_stack *stack);

/* So many more of the process's mappings are creel's, or fewer; crl_guard_make() counts its own. */
void crl_guard_count_mappings(long n);

#endif
