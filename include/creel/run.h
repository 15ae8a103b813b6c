/* SPDX-License-Identifier: MIT */
/*
 * creel/run.h: the runtime: a loop and a pool for as long as a function runs.
 *
 *  function         blocks?  from a worker?  from a loop?  any thread?  from a callback?
 *  creel_run        yes      ERUNNING        ERUNNING      blocks       ERUNNING
 *  creel_run_with   yes      ERUNNING        ERUNNING      blocks       ERUNNING
 *  creel_to_thread  no       yes             yes           ESTATE       yes
 */
#ifndef CREEL_RUN_H
#define CREEL_RUN_H

#include <creel/attributes.h>
#include <creel/future.h>
#include <creel/status.h>
#include <creel/task.h>
#include <creel/time.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Flags of creel_run_with(). Unknown bits are refused. */
#define CREEL_RUN_SIGINT \
	UINT32_C( \
		1) /* the first SIGINT cancels the main task; the next one acts as before. Where SIGINT is ignored it stays so */

/*
 * creel_run_options: begin with CREEL_RUN_OPTIONS_INIT, then set what matters. In every field 0 is
 * the default. Fields are only ever appended; size tells the library which ones there are.
 */
typedef struct creel_run_options {
	size_t size;      /* sizeof(creel_run_options) */
	uint32_t flags;   /* CREEL_RUN_SIGINT */
	unsigned workers; /* of the pool of creel_to_thread(); 0: one per CPU */
	creel_duration
		shutdown_timeout; /* how long to wait for that pool at the end; 0: 300 seconds */
} creel_run_options;

#define CREEL_RUN_OPTIONS_INIT \
	{ \
		sizeof(creel_run_options), 0, 0, 0 \
	}

/*
 * creel_run() makes a loop on the calling thread, runs main(arg) as its first task, cleans up and
 * answers with the task's end: CREEL_OK and its value in *result (which may be NULL; then the value is
 * dropped), CREEL_EFAILED (creel_last_error() has the error), CREEL_ECANCELLED. The clean-up, in order:
 *   1. all other tasks of the loop that have not ended are cancelled, and waited for, however long that
 *      takes, and so is what other threads submit to it meanwhile; what they fail with and nobody looks
 *      at goes to creel_set_unhandled()
 *   2. the pool of creel_to_thread(), if there is one, ends what it has, while the loop goes on running:
 *      timers are called, and a task that is submitted to it runs, but begins already asked to end;
 *      after shutdown_timeout what is left on the pool is asked to end, and waited for
 *   3. the loop closes, as by creel_loop_close()
 * Others: CREEL_ERUNNING inside a loop, a pool or a callback, before anything is made; CREEL_EINVAL
 * (main NULL, unknown flags, a negative timeout, options of a newer creel); CREEL_ENOMEM.
 * After asyncio.run.
 */
CREEL_API creel_status creel_run(creel_fn *main, void *arg, void **result);
CREEL_API creel_status creel_run_with(
	const creel_run_options *opts, creel_fn *main, void *arg, void **result);

/*
 * creel_to_thread() submits fn(arg) to the pool of the current runtime, which is made when it is first
 * needed, and returns its future, a reference of the caller's. Never NULL, never blocks. The current
 * runtime is the one of the creel_run() that the calling task, or the task that made it, and so on,
 * comes from. Refused (the future has failed): no runtime, or it has ended (CREEL_ESTATE), fn NULL
 * (CREEL_EINVAL), no memory (CREEL_ENOMEM), no threads (CREEL_ESYS). After asyncio.to_thread.
 */
CREEL_API CREEL_NODISCARD creel_future *creel_to_thread(creel_fn *fn, void *arg);

#ifdef __cplusplus
}
#endif

#endif
