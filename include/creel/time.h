/* SPDX-License-Identifier: MIT */
/*
 * creel/time.h: durations and the clock.
 *
 *  function   blocks?  from a worker?  from a loop?  from any thread?  from a callback?
 *  creel_now  no       yes             yes           yes               yes
 *
 * Every timeout is relative when it is given, and is turned into a deadline of the monotonic clock
 * once, at entry: spurious wake-ups never extend it, and setting the wall clock has no effect.
 */
#ifndef CREEL_TIME_H
#define CREEL_TIME_H

#include <creel/attributes.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * creel_duration counts nanoseconds. 0 polls; CREEL_FOREVER never expires; a negative duration is
 * CREEL_EINVAL everywhere. Sums that would overflow mean for ever.
 */
typedef int64_t creel_duration;

#define CREEL_FOREVER INT64_MAX

/* The argument may be fractional: CREEL_SECONDS(0.5). */
#define CREEL_NANOSECONDS(n) ((creel_duration)(n))
#define CREEL_MICROSECONDS(n) ((creel_duration)((n)*1000LL))
#define CREEL_MILLISECONDS(n) ((creel_duration)((n)*1000000LL))
#define CREEL_SECONDS(n) ((creel_duration)((n)*1000000000LL))

/* creel_now() is CLOCK_MONOTONIC in nanoseconds: the clock by which creel measures all deadlines. */
CREEL_API int64_t creel_now(void);

#ifdef __cplusplus
}
#endif

#endif
