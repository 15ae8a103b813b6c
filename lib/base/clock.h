/* SPDX-License-Identifier: MIT */
/*
 * clock.h: what time it is, and when a duration ends.
 *
 * Deadlines are absolute nanoseconds of CLOCK_MONOTONIC. A test may replace the clock by one that
 * stands still until it is advanced: see sync/parker.h, which alone waits for deadlines.
 */
#ifndef CRL_BASE_CLOCK_H
#define CRL_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* A deadline that never comes. */
#define CRL_NEVER INT64_MAX

int64_t crl_now(void);

/* When a duration (not negative) that begins now ends; saturates at CRL_NEVER. 0 is a poll: 0. */
int64_t crl_deadline(int64_t duration);

/* The fake clock, for tests: starts at the present, then stands still. */
void crl_clock_fake(bool on);
bool crl_clock_is_fake(void);
void crl_clock_step(int64_t nanoseconds);

#endif
