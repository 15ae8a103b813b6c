/* SPDX-License-Identifier: MIT */
/* test_sweep.c: each scene in fresh processes: nothing hangs, crashes or leaks, and a retry
 * works. */
#include "faults/scenes.h"
#include "support/suite.h"

#define MALLOC(scene) sweep_fresh(#scene, scene_##scene, FAULT_MALLOC);
#define THREAD(scene) sweep_fresh(#scene, scene_##scene, FAULT_THREAD);
#define MMAP(scene) sweep_fresh(#scene, scene_##scene, FAULT_MMAP);
#define FD(scene) sweep_fresh(#scene, scene_##scene, FAULT_FD);

/* 3.16 "26. allocation-failure injection": the n-th malloc fails, once or from then on, for
 * every n: a status, nothing hangs or leaks, a retry works */
START_TEST(malloc_fails)
{
	SCENES_MALLOC(MALLOC);
}
END_TEST

/* 3.16 "26. allocation-failure injection": the n-th malloc of those who wait fails, once or
 * from then on, for every n: a status, nothing hangs or leaks, a retry works */
START_TEST(malloc_fails_before_a_wait)
{
	SCENES_MALLOC_WAITING(MALLOC);
}
END_TEST

/* 3.16 "26. allocation-failure injection": the n-th malloc at locks and queues fails, once or from
 * then on, for every n: a status, nothing hangs or leaks, a retry works */
START_TEST(malloc_fails_at_locks_and_queues)
{
	SCENES_MALLOC_SYNC(MALLOC);
}
END_TEST

/* 3.16 "26. allocation-failure injection": the n-th malloc before a shutdown fails, once or
 * from then on, for every n: a status, nothing hangs or leaks, a retry works */
START_TEST(malloc_fails_before_the_end)
{
	SCENES_MALLOC_ENDING(MALLOC);
}
END_TEST

/* 3.16 "26. allocation-failure injection": the n-th malloc of a stream fails, once or from then
 * on, for every n: a status, nothing hangs or leaks, and no item is lost */
START_TEST(malloc_fails_in_a_stream)
{
	SCENES_MALLOC_STREAMS(MALLOC);
}
END_TEST

/* 3.16 "26. allocation-failure injection": the n-th pthread_create fails, once or from then on,
 * for every n: a status, nothing hangs or leaks, a retry works */
START_TEST(pthread_create_fails)
{
	SCENES_THREAD(THREAD);
}
END_TEST

/* 3.16 "26. allocation-failure injection": the n-th mmap of a stack fails, once or from then
 * on, for every n: a status, nothing hangs or leaks, a retry works */
START_TEST(mmap_fails)
{
	SCENES_MMAP(MMAP);
}
END_TEST

/* 3.16 "26. allocation-failure injection": the n-th malloc, or call for a descriptor, of those who wait for one fails, 
 * once or
 * from then on, for every n: a status, nothing hangs or leaks, a retry works */
START_TEST(descriptors_fail)
{
	SCENES_MALLOC_IO(MALLOC);
	SCENES_FD(FD);
}
END_TEST

CREEL_SUITE("creel.faults.sweep", malloc_fails, malloc_fails_before_a_wait,
	malloc_fails_at_locks_and_queues, malloc_fails_before_the_end, malloc_fails_in_a_stream,
	pthread_create_fails, mmap_fails, descriptors_fail)
