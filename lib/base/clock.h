/* SPDX-License-Identifier: MIT */
/*
 * clock.h: what time it is, and when a duration ends.
 *
 * Deadlines are absolute nanoseconds of this clock, which is CLOCK_MONOTONIC until it is paused. Then it stands still until
 * it is advanced; when it is resumed it goes on from there, beside the system's: see creel/testing.h, and sync/parker.h,
 * which alone waits for deadlines.
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

/* Stop it, or let it go on; false: it stands, or it goes. Whoever sleeps is to look then. With the global lock held. */
bool crl_clock_pause(void);
bool crl_clock_resume(void);

/* Does it stand? */
bool crl_clock_is_paused(void);

/* While it stands. */
void crl_clock_step(int64_t nanoseconds);

/* The same as pause(), where nobody else does; or back to the system's clock as it is. */
void crl_clock_fake(bool on);

/* While it goes: when a deadline comes by the system's clock. */
int64_t crl_clock_by_system(int64_t deadline);

/* The farthest time that it tells. */
#define CRL_CLOCK_LAST (INT64_MAX / 4)

#endif
