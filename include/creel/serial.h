/* SPDX-License-Identifier: MIT */
/*
 * creel/serial.h: ordered queues over one pool.
 *
 *  function                  blocks?  from a worker?  from a loop?  any thread?  from a callback?
 *  creel_serial_create       no       yes             yes           yes          yes
 *  creel_serial_submit       no       yes             yes           yes          yes
 *  creel_serial_submit_with  no       yes             yes           yes          yes
 *  creel_serial_post         no       yes             yes           yes          yes
 *  creel_serial_destroy      no       yes             yes           yes          yes
 *
 * The tasks of a serial run one at a time, in the order of their submission: each begins when the one before it has
 * ended, also if that was suspended meanwhile. So they need no lock for what they alone use, and what one has
 * written the next one sees. Different serials run in parallel, on whichever workers are free; one that has nothing to do
 * is a few words of memory, and no thread. There may be very many.
 *
 * A task of a serial is a task of the pool like any other: it is awaited, cancelled and let go of as such, and its future
 * may be waited for by anybody but the tasks before it: a task that awaits a later one of its own serial waits for
 * itself, until it is cancelled.
 *
 * One task of a serial at a time is handed to the pool, behind what is queued there already, so no serial keeps others
 * from running. A bounded pool (queue_limit) has room for it in any case. With max_started it counts as from
 * outside if it was submitted from there while the serial had nothing to do; the tasks that follow each other do not.
 * creel_pool_stats() counts a task from the time when it is handed over; its waiting time (CREEL_POOL_MEASURE) is from
 * its submission on.
 *
 * When the pool drains, what is queued in its serials still runs. When what is queued is cancelled, or the pool is broken,
 * that ends what is queued in a serial as well: at once, or, if one of its tasks runs, when that has ended.
 */
#ifndef CREEL_SERIAL_H
#define CREEL_SERIAL_H

#include <creel/attributes.h>
#include <creel/future.h>
#include <creel/pool.h>
#include <creel/status.h>
#include <creel/task.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct creel_serial creel_serial;

/*
 * creel_serial_create() makes a serial over the pool, which is the caller's to creel_serial_destroy(). It may outlive
 * the pool: what is submitted to it then is refused. NULL on failure; creel_last_error() has one of
 *   CREEL_EINVAL   pool is NULL
 *   CREEL_ECLOSED  in the child of a fork
 *   CREEL_ENOMEM   no memory
 * After libdispatch's serial queues and Asio's strands.
 */
CREEL_API CREEL_NODISCARD creel_serial *creel_serial_create(creel_pool *pool);

/*
 * creel_serial_submit() queues fn(arg) behind all that was submitted to the serial before, and returns its
 * future, a reference of the caller's. Never NULL, never blocks. Refused (the future has failed): serial or fn NULL
 * (CREEL_EINVAL), the pool shut down or this is the child of a fork (CREEL_ECLOSED), or broken (CREEL_EBROKEN), no memory
 * (CREEL_ENOMEM). While the pool drains its own tasks may still submit. A task that is cancelled while it is queued ends
 * at once, and its turn is passed over.
 *
 * creel_serial_submit_with() is the same with options; NULL opts means defaults. The priority is what it has in the pool
 * when its turn has come: it passes nobody in the serial. A start_deadline is looked at then, too. Options of a newer
 * creel that are set, an unknown priority and a negative start_deadline are refused (CREEL_EINVAL).
 */
CREEL_API CREEL_NODISCARD creel_future *creel_serial_submit(
	creel_serial *serial, creel_fn *fn, void *arg);
CREEL_API CREEL_NODISCARD creel_future *creel_serial_submit_with(
	creel_serial *serial, const creel_task_options *opts, creel_fn *fn, void *arg);

/*
 * creel_serial_post() is creel_serial_submit() without a future, as creel_post() is creel_submit(). One that is
 * refused (CREEL_EINVAL, CREEL_ECLOSED, CREEL_EBROKEN, CREEL_ENOMEM) leaves arg with the caller.
 */
CREEL_API creel_status creel_serial_post(creel_serial *serial, creel_fn *fn, void *arg);

/*
 * creel_serial_destroy() lets go of the serial. What is queued still runs, in order. Its own tasks may do that. Nobody else
 * may be in a call on it, or begin one. NULL is fine; in the child of a fork it frees memory.
 */
CREEL_API void creel_serial_destroy(creel_serial *serial);

#ifdef __cplusplus
}
#endif

#endif
