/* SPDX-License-Identifier: MIT */
/* models.h: what every model needs, and all of their first threads. */
#ifndef MODEL_MODELS_H
#define MODEL_MODELS_H

#include "base/atomic.h"
#include "base/clock.h"
#include "model.h"

#include <stdint.h>

/* litmus.c */
void model_sb_relaxed(void);
void model_sb_seq_cst(void);
void model_mp_relaxed(void);
void model_mp_release(void);
void model_corr(void);
void model_iriw_acquire(void);
void model_iriw_seq_cst(void);
void model_release_sequence(void);

void model_parker(void);

#endif
