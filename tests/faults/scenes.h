/* SPDX-License-Identifier: MIT */
/* scenes.h: what the sweeps play; together they call every function of the library that can fail. */
#ifndef CREEL_TEST_FAULTS_SCENES_H
#define CREEL_TEST_FAULTS_SCENES_H

#include "faults/sweep.h"

#include <creel/creel.h>

/* scenes.c */
sweep_scene scene_pool, scene_submit, scene_promises, scene_errors, scene_completions;

/* scenes_wait.c */
sweep_scene scene_fresh_threads, scene_nested_tasks, scene_waiting_tasks, scene_consumers;
sweep_scene scene_drain, scene_cancel_queued, scene_cancel_all;

/* X(scene, kind): the scenes, and of what kinds the calls are that they make. */
#define SCENES(X) \
	X(pool, FAULT_MALLOC) \
	X(pool, FAULT_THREAD) \
	X(pool, FAULT_MMAP) \
	X(submit, FAULT_MALLOC) \
	X(submit, FAULT_THREAD) \
	X(submit, FAULT_MMAP) \
	X(promises, FAULT_MALLOC) \
	X(errors, FAULT_MALLOC) \
	X(completions, FAULT_MALLOC) \
	X(fresh_threads, FAULT_MALLOC) \
	X(nested_tasks, FAULT_MALLOC) \
	X(nested_tasks, FAULT_MMAP) \
	X(waiting_tasks, FAULT_MALLOC) \
	X(waiting_tasks, FAULT_THREAD) \
	X(waiting_tasks, FAULT_MMAP) \
	X(consumers, FAULT_MALLOC) \
	X(consumers, FAULT_MMAP) \
	X(drain, FAULT_MALLOC) \
	X(drain, FAULT_MMAP) \
	X(cancel_queued, FAULT_MALLOC) \
	X(cancel_all, FAULT_MALLOC) \
	X(cancel_all, FAULT_MMAP)

/* A pool of so many workers. In the storm it may be NULL, with the reason in creel_last_error(). */
creel_pool *scene_try_pool(unsigned workers);

/* The same, but end the storm and try again if it could not be had. */
creel_pool *scene_need_pool(unsigned workers);

/* This future was refused for lack of memory, which is right in the storm alone. */
bool scene_refused(const creel_future *future);

#endif
