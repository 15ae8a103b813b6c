/* SPDX-License-Identifier: MIT */
/*
 * creel/testing.h: a clock that a program's tests stop, and move.
 *
 *  function               blocks?  from a worker?  from a loop?  from any thread?  from a callback?
 *  creel_clock_pause      no       yes             yes           yes               yes
 *  creel_clock_resume     no       yes             yes           yes               yes
 *  creel_clock_advance    no       yes             yes           yes               yes
 *  creel_clock_is_paused  no       yes             yes           yes               yes
 *  creel_clock_sleepers   no       yes             yes           yes               yes
 *
 * A test of what happens after an hour need not take one:
 *
 *     creel_clock_pause();
 *     task = creel_submit(pool, sleep_for_an_hour, NULL);
 *     while (creel_clock_sleepers() < 1)       it may not have begun to sleep
 *             sched_yield();
 *     creel_clock_advance(CREEL_SECONDS(3600));
 *     creel_take(task, NULL);                  at once
 *
 * It is the clock of the whole process, by which creel_now() tells the time, and by which all of creel's sleeps, timeouts,
 * deadlines and timers end, on pools, loops and plain threads. Nothing of that ends by itself while the clock stands, so
 * that a wait with a timeout, for something that does not come, is for ever. What is not creel's goes on: the system's
 * sleeps and timeouts, those of other libraries and loops, and how long it takes to compute. One wait of creel's stands in
 * between: a plain thread in creel_wait_fd(). It looks at a paused clock every few milliseconds; but one that began with a
 * timeout before the clock was paused may hear of it as late as that passes by the system's clock.
 *
 * One thread controls the clock, as a rule the test's own; calls of several at once are safe, but in no certain order.
 * A program that does not use this pays one load, of what never changes, where it reads the clock.
 *
 * After tokio's time::pause, advance and resume, and trio's MockClock, whose jump it is; it does not move by itself.
 */
#ifndef CREEL_TESTING_H
#define CREEL_TESTING_H

#include <creel/attributes.h>
#include <creel/status.h>
#include <creel/time.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * creel_clock_pause() stops the clock at the present. What sleeps then, sleeps until the clock is moved. Another
 * thread that reads it at this moment may still be told a time that is a little later.
 *   CREEL_ESTATE   it is paused already
 */
CREEL_API creel_status creel_clock_pause(void);

/*
 * creel_clock_resume() lets it go on from where it stands: from then on it is ahead of CLOCK_MONOTONIC, or behind, by what
 * it was advanced more than it stood. What is not due yet comes when the rest of its time has passed.
 *   CREEL_ESTATE   it is not paused
 */
CREEL_API creel_status creel_clock_resume(void);

/*
 * creel_clock_advance() moves a paused clock, in one step, and has all that sleeps look at it. It does not wait for what
 * that sets off. What is due on one loop, or one worker, comes in the order of its times; between several there is no
 * order. What begins to sleep because of it counts from the new present: to see a timer that sets another, advance twice.
 * 0 moves nothing.
 *   CREEL_EINVAL   the duration is negative, or so long (70 years) that the clock could not tell the time then
 *   CREEL_ESTATE   the clock is not paused
 */
CREEL_API creel_status creel_clock_advance(creel_duration duration);

/* creel_clock_is_paused() tells whether it stands. */
CREEL_API bool creel_clock_is_paused(void);

/*
 * creel_clock_sleepers() is how many threads sleep until a time of the paused clock: plain threads, loops and workers,
 * each of which counts once, however many of its tasks sleep; not those in creel_wait_fd(). A loop, or the worker of a
 * pool of one, sleeps when all of its tasks wait. After creel_clock_advance() those count that sleep again, or still,
 * having seen the new time. A loop within another (creel_loop_fd()) does not count. 0 while the clock goes.
 */
CREEL_API size_t creel_clock_sleepers(void);

#ifdef __cplusplus
}
#endif

#endif
