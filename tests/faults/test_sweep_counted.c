/* SPDX-License-Identifier: MIT */
/* test_sweep_counted.c: the same scenes with an allocator that counts: no block is lost. */
#include "faults/scenes.h"
#include "support/suite.h"

#define MALLOC(scene) sweep_counted(#scene, scene_##scene, FAULT_MALLOC);
#define THREAD(scene) sweep_counted(#scene, scene_##scene, FAULT_THREAD);
#define MMAP(scene) sweep_counted(#scene, scene_##scene, FAULT_MMAP);
#define FD(scene) sweep_counted(#scene, scene_##scene, FAULT_FD);

/* 3.16 "26. allocation-failure injection": whichever malloc fails, as many blocks are in use at
 * the end as before */
START_TEST(malloc_fails)
{
	SCENES_MALLOC(MALLOC);
}
END_TEST

/* 3.16 "26. allocation-failure injection": whichever malloc of those who wait fails, as many
 * blocks are in use at the end as before */
START_TEST(malloc_fails_before_a_wait)
{
	SCENES_MALLOC_WAITING(MALLOC);
}
END_TEST

/* 3.16 "26. allocation-failure injection": whichever malloc at locks and queues fails, as many
 * blocks are in use at the end as before */
START_TEST(malloc_fails_at_locks_and_queues)
{
	SCENES_MALLOC_SYNC(MALLOC);
}
END_TEST

/* 3.16 "26. allocation-failure injection": whichever malloc before a shutdown fails, as many
 * blocks are in use at the end as before */
START_TEST(malloc_fails_before_the_end)
{
	SCENES_MALLOC_ENDING(MALLOC);
}
END_TEST

/* 3.16 "26. allocation-failure injection": whichever malloc of a stream fails, as many blocks are
 * in use at the end as before */
START_TEST(malloc_fails_in_a_stream)
{
	SCENES_MALLOC_STREAMS(MALLOC);
}
END_TEST

/* 3.16 "26. allocation-failure injection": whichever pthread_create fails, as many blocks are
 * in use at the end as before */
START_TEST(pthread_create_fails)
{
	SCENES_THREAD(THREAD);
}
END_TEST

/* 3.16 "26. allocation-failure injection": whichever mmap of a stack fails, as many blocks are
 * in use at the end as before */
START_TEST(mmap_fails)
{
	SCENES_MMAP(MMAP);
}
END_TEST

/* 3.16 "26. allocation-failure injection": whichever malloc, or call for a descriptor, of those who wait for one fails, 
 * as many
 * blocks are in use at the end as before */
START_TEST(descriptors_fail)
{
	SCENES_MALLOC_IO(MALLOC);
	SCENES_FD(FD);
}
END_TEST

CREEL_SUITE("creel.faults.sweep_counted", malloc_fails, malloc_fails_before_a_wait,
	malloc_fails_at_locks_and_queues, malloc_fails_before_the_end, malloc_fails_in_a_stream,
	pthread_create_fails, mmap_fails, descriptors_fail)
