/* SPDX-License-Identifier: MIT */
/*
 * state.h: the state word of a future. Only the functions of lib/future change it.
 *
 *     PENDING ──start──► RUNNING ──complete──► VALUE | ERROR | CANCELLED
 *        └─────complete (a promise, a cancel)────────► (the same)
 *
 *   bits 0-2    the phase. The last three are final: they never change again.
 *   LOCK        held for a few instructions by whoever links or unlinks a waker, or completes:
 *               guards the waiter list, and the payload until it is final. Final phases are never
 *               locked.
 *   LOOKED      final only: somebody saw the outcome, so an error need not be reported
 *   NOTE_READ   from the beginning: LOOKED is set also when a value is read
 *   REASON      somebody has asked for its end and said why: what produces it keeps the text
 *   TAKEN       final only: the value has been handed over
 *   bits 16-31  the generation of the process in which the future was made (base/process.h)
 *
 * A promise goes from PENDING straight to its end. A task's future is started by the worker that runs
 * it or by the cancel that ends it: whoever wins that step decides how it ends.
 */
#ifndef CRL_FUTURE_STATE_H
#define CRL_FUTURE_STATE_H

#include "base/attr.h"
#include "base/process.h"

#include <creel/status.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum crl_phase {
	CRL_PENDING = 0,
	CRL_RUNNING = 1,
	CRL_VALUE = 2, /* final from here on */
	CRL_ERROR = 3,
	CRL_CANCELLED = 4
} crl_phase;

#define CRL_STATE_PHASE UINT32_C(7)
#define CRL_STATE_LOCK UINT32_C(8)
#define CRL_STATE_LOOKED UINT32_C(16)
#define CRL_STATE_TAKEN UINT32_C(32)
#define CRL_STATE_NOTE_READ UINT32_C(64)
#define CRL_STATE_REASON UINT32_C(128)
#define CRL_STATE_GENERATION_SHIFT 16

static inline crl_phase
crl_state_phase(uint32_t state)
{
	return (crl_phase)(state & CRL_STATE_PHASE);
}

static inline bool
crl_state_final(uint32_t state)
{
	return crl_state_phase(state) >= CRL_VALUE;
}

static inline uint32_t
crl_state_with_phase(uint32_t state, crl_phase phase)
{
	return (state & ~CRL_STATE_PHASE) | (uint32_t)phase;
}

/* The state of a future that is made now. */
static inline uint32_t
crl_state_new(crl_phase phase)
{
	return (uint32_t)phase | crl_generation() << CRL_STATE_GENERATION_SHIFT;
}

/* Was it made before a fork of which this is the child? Then what is pending never ends. */
static inline bool
crl_state_inherited(uint32_t state)
{
	return crl_unlikely(state >> CRL_STATE_GENERATION_SHIFT != (uint16_t)crl_generation());
}

/* Is it pending or running, and not inherited? `now` is a state that is new. For many: one test. */
static inline bool
crl_state_can_end(uint32_t state, uint32_t now)
{
	return ((state ^ now) & ~(CRL_STATE_LOCK | CRL_STATE_NOTE_READ | CRL_STATE_REASON |
					CRL_RUNNING)) == 0;
}

/* The outcome as a status; CREEL_EPENDING before the end. */
static inline creel_status
crl_state_status(uint32_t state)
{
	switch (crl_state_phase(state)) {
	case CRL_VALUE:
		return CREEL_OK;
	case CRL_ERROR:
		return CREEL_EFAILED;
	case CRL_CANCELLED:
		return CREEL_ECANCELLED;
	case CRL_PENDING:
	case CRL_RUNNING:
		break;
	}
	return CREEL_EPENDING;
}

#endif
