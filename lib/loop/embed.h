/* SPDX-License-Identifier: MIT */
/*
 * embed.h: a loop without a thread inside somebody else's loop, which waits for the descriptor of
 * creel_loop_fd(). From then on the loop's parker is armed whenever the loop is not run (sync/parker.h,
 * runner/poller.h), so that whatever would wake the loop makes the descriptor readable.
 */
#ifndef CRL_LOOP_EMBED_H
#define CRL_LOOP_EMBED_H

#include <creel/loop.h>

/* Around each run of the loop. */
void crl_loop_enter(creel_loop *loop);
void crl_loop_leave(creel_loop *loop);

/* By the loop's thread, or its owner: there is another timer. */
void crl_loop_timer_added(creel_loop *loop);

#endif
