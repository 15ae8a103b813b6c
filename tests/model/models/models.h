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

void model_error(void);
void model_parker(void);
void model_parker_step(void);
void model_future_await(void);
void model_future_end(void);
void model_future_callback(void);
void model_future_take(void);
void model_future_error(void);
void model_future_lent(void);
void model_mailbox(void);
void model_strand_chain(void);
void model_strand_two(void);
void model_strand_timer(void);
void model_strand_orders(void);
void model_cancel_wait(void);
void model_cancel_twice(void);
void model_cancel_wait_for(void);
void model_cancel_asked(void);
void model_task(void);
void model_pool_work(void);
void model_pool_shutdown(void);
void model_pool_orphan(void);
void model_pool_drain(void);
void model_pool_busy(void);
void model_pool_start(void);
void model_pool_post(void);
void model_pool_sweep(void);
void model_pool_fail(void);
void model_pool_limit(void);
void model_completions(void);
void model_completions_end(void);
void model_completions_late(void);
void model_completions_under(void);

#endif
