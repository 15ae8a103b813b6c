/* SPDX-License-Identifier: MIT */
/*
 * fake_clock.h: time that stands still until the test moves it.
 *
 *     fake_clock_start();                      before any pool or timed wait
 *     ... a thread or a worker waits with a timeout ...
 *     fake_clock_await_sleepers(1);            it sleeps with a deadline now
 *     fake_clock_step(CREEL_SECONDS(5));       its deadline has come
 */
#ifndef CREEL_TEST_FAKE_CLOCK_H
#define CREEL_TEST_FAKE_CLOCK_H

#include <stdint.h>

void fake_clock_start(void);

/* Until n threads, or idle workers with a timer, sleep with a deadline. */
void fake_clock_await_sleepers(int n);

void fake_clock_step(int64_t nanoseconds);

#endif
