/* SPDX-License-Identifier: MIT */
/* scenes.h: what the sweeps play; together they call every function of the library that can
 * fail. */
#ifndef CREEL_TEST_FAULTS_SCENES_H
#define CREEL_TEST_FAULTS_SCENES_H

#include "faults/sweep.h"

#include <creel/creel.h>

/* scenes.c */
sweep_scene scene_pool, scene_submit, scene_promises, scene_errors, scene_completions;

/* scenes_combine.c */
sweep_scene scene_wholes, scene_continuations;

/* scenes_cancel.c */
sweep_scene scene_cancels;

/* scenes_context.c */
sweep_scene scene_context;

/* scenes_group.c */
sweep_scene scene_groups;

/* scenes_wait.c */
sweep_scene scene_fresh_threads, scene_nested_tasks, scene_waiting_tasks, scene_consumers;
sweep_scene scene_drain, scene_cancel_queued, scene_cancel_all;

/* scenes_sync.c */
sweep_scene scene_sync, scene_sync_waits;

/* scenes_stream.c */
sweep_scene scene_stream, scene_pipeline;

/* scenes_io.c */
sweep_scene scene_io, scene_io_poll;

/* scenes_bounded.c */
sweep_scene scene_bounded_wait, scene_bounded_caller;

/* scenes_serial.c */
sweep_scene scene_serial;

/* X(scene): the scenes that meet a failing malloc, pthread_create, mmap, or one of those that make
 * descriptors. */
#define SCENES_MALLOC(X) \
	X(pool) \
	X(submit) \
	X(promises) \
	X(errors) \
	X(completions) \
	X(wholes) \
	X(continuations) \
	X(groups) \
	X(cancels) \
	X(context) \
	X(serial)
#define SCENES_MALLOC_STREAMS(X) \
	X(stream) \
	X(pipeline)
#define SCENES_MALLOC_WAITING(X) \
	X(fresh_threads) \
	X(nested_tasks) \
	X(waiting_tasks) \
	X(consumers) \
	X(bounded_wait) \
	X(bounded_caller)
#define SCENES_MALLOC_SYNC(X) \
	X(sync) \
	X(sync_waits)
#define SCENES_MALLOC_IO(X) \
	X(io) \
	X(io_poll)
#define SCENES_FD(X) \
	X(io) \
	X(io_poll)
#define SCENES_MALLOC_ENDING(X) \
	X(drain) \
	X(cancel_queued) \
	X(cancel_all)
#define SCENES_THREAD(X) \
	X(pool) \
	X(submit) \
	X(waiting_tasks) \
	X(io)
#define SCENES_MMAP(X) \
	X(pool) \
	X(submit) \
	X(nested_tasks) \
	X(waiting_tasks) \
	X(consumers) \
	X(sync_waits) \
	X(pipeline) \
	X(groups) \
	X(bounded_wait) \
	X(drain) \
	X(cancel_all)

/* A pool of so many workers. In the storm it may be NULL, with the reason in creel_last_error(). */
creel_pool *scene_try_pool(unsigned workers);

/* The same, but end the storm and try again if it could not be had. */
creel_pool *scene_need_pool(unsigned workers);

/* This future was refused for lack of memory, which is right in the storm alone. */
bool scene_refused(const creel_future *future);

#endif
