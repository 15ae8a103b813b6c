/* SPDX-License-Identifier: MIT */
/*
 * creel/io.h: what the system tells: descriptors that are ready, signals.
 *
 *  function                   blocks?  from a worker?  from its loop?  any thread?    from a callback?
 *  creel_wait_fd              yes      suspends        suspends        blocks         EDEADLK unless ready
 *  creel_loop_add_reader      no       EWRONGTHREAD    yes             EWRONGTHREAD   yes
 *  creel_loop_add_writer      no       EWRONGTHREAD    yes             EWRONGTHREAD   yes
 *  creel_loop_remove_reader   no       false           yes             false          yes
 *  creel_loop_remove_writer   no       false           yes             false          yes
 *  creel_loop_add_signal      no       EWRONGTHREAD    yes             EWRONGTHREAD   yes
 *  creel_loop_remove_signal   no       false           yes             false          yes
 *  creel_loop_fd              no       -1              yes             its own        yes
 *
 * Readiness is a level: a descriptor that is readable is told to be, again and again, until somebody has
 * read what there is. An error or a hang-up is both, readable and writable: reading or writing says
 * which. Descriptors should not block (O_NONBLOCK), since another may have been quicker. Regular files are
 * always ready, and so there is nothing to wait for.
 *
 * Who closes a descriptor removes it from its loops first, and wakes who waits for it. The system knows a
 * descriptor by what it stands for: one that is closed while it is watched is forgotten in silence, or, if
 * there is a copy of it (dup, fork), told about for ever.
 *
 * A loop, or a worker, that has never watched a descriptor has none of this: it sleeps on a condition
 * variable as ever. From the first on it has two or three descriptors of its own, until it is destroyed, and
 * sleeps in the system's poller as long as something is watched.
 */
#ifndef CREEL_IO_H
#define CREEL_IO_H

#include <creel/attributes.h>
#include <creel/loop.h>
#include <creel/status.h>
#include <creel/time.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a descriptor can be waited for; any of them, together. */
#define CREEL_READABLE 1u
#define CREEL_WRITABLE 2u

/*
 * creel_wait_fd() waits at most timeout (0 polls) until the descriptor is ready for one of events. A task
 * is suspended, on a loop as on a pool, and its thread goes on with other work; any other thread blocks in
 * poll(2). Any number of tasks may wait for one descriptor. A worker that is busy looks at its
 * descriptors between jobs, every 61st at the latest.
 *   CREEL_OK         it is ready for one of them at least
 *   CREEL_ETIMEDOUT  not in time
 *   CREEL_ECANCELLED the calling task was cancelled
 *   CREEL_EINVAL     fd is not an open descriptor, events are none or unknown, or timeout is negative
 *   CREEL_EDEADLK    must not suspend here: inside creel_no_suspend_enter(), a callback, a destructor
 *   CREEL_ENOMEM     no memory to wait with, or no stack
 *   CREEL_ESYS       the system has no descriptor for it left; the message has its reason
 * After trio's wait_readable and wait_writable; asyncio has them for sockets alone.
 */
CREEL_API creel_status creel_wait_fd(int fd, unsigned events, creel_duration timeout);

/*
 * creel_loop_add_reader() has fn(arg) called in every turn of the loop in which fd is readable,
 * creel_loop_add_writer() when it is writable, until that is removed or the loop closes. A descriptor
 * has one reader and one writer on a loop: another call puts this one in its place. On the loop's thread
 * only. A call that is refused leaves arg with the caller, and what was there in its place.
 *   CREEL_EINVAL        loop or fn is NULL, or fd is not an open descriptor, or one of a regular file
 *   CREEL_EWRONGTHREAD  not on the loop's thread
 *   CREEL_ECLOSED       the loop is closing or closed; or this is the child of a fork
 *   CREEL_ENOMEM        no memory
 *   CREEL_ESYS          the system refused; the message has its reason
 * A closing loop goes on calling them until its last task has ended.
 * After loop.add_reader and loop.add_writer.
 */
CREEL_API creel_status creel_loop_add_reader(
	creel_loop *loop, int fd, creel_callback_fn *fn, void *arg);
CREEL_API creel_status creel_loop_add_writer(
	creel_loop *loop, int fd, creel_callback_fn *fn, void *arg);

/*
 * creel_loop_remove_reader() and creel_loop_remove_writer() take it back: true if there was one. It is not
 * called any more, also where it was to be called in this turn. False: there was none, as on a loop that has
 * closed; or the loop is NULL, or not the caller's: creel_last_error() says so. After loop.remove_reader and loop.remove_writer.
 */
CREEL_API bool creel_loop_remove_reader(creel_loop *loop, int fd);
CREEL_API bool creel_loop_remove_writer(creel_loop *loop, int fd);

/*
 * creel_loop_add_signal() has fn(arg) called by the loop when the process gets the signal, until that is
 * removed or the loop closes: an ordinary callback, which may do everything. What comes again before it has
 * been called counts once. Another call for the same signal puts this one in its place. The handler in the
 * system does next to nothing; a thread waits for what it says. A signal has one listener in a process.
 * On the loop's thread only; a call that is refused leaves arg with the caller.
 *   CREEL_EINVAL        loop or fn is NULL; there is no such signal, it cannot be caught, or a fault raises it
 *   CREEL_ESTATE        another loop listens, or a creel_run() with CREEL_RUN_SIGINT
 *   CREEL_EWRONGTHREAD  not on the loop's thread
 *   CREEL_ECLOSED       the loop is closing or closed; or this is the child of a fork
 *   CREEL_ENOMEM        no memory
 *   CREEL_ESYS          its thread could not be started; the message has the system's reason
 * In the child of a fork the signal does again what it did before. After loop.add_signal_handler.
 */
CREEL_API creel_status creel_loop_add_signal(
	creel_loop *loop, int signal, creel_callback_fn *fn, void *arg);

/*
 * creel_loop_remove_signal() takes it back: true if there was one. What the signal did before it does
 * again, unless the program has set something else meanwhile. False: as creel_loop_remove_reader().
 * After loop.remove_signal_handler.
 */
CREEL_API bool creel_loop_remove_signal(creel_loop *loop, int signal);

/*
 * creel_loop_fd() is a descriptor for somebody else's loop: readable when creel_loop_run_once(loop, 0) has
 * something to do: a post, a task that is ready, a timer that is due, a descriptor of the loop; and when the
 * loop has closed. It is the loop's: nobody reads from it or closes it, and whoever watches it forgets it before the loop
 * is destroyed. The same one each time. Headers that put a loop into others are in creel/adapters/.
 * -1 on failure; creel_last_error() has one of
 *   CREEL_EINVAL        loop is NULL
 *   CREEL_ESTATE        the loop has a thread of its own
 *   CREEL_EWRONGTHREAD  the loop belongs to another thread
 *   CREEL_ECLOSED       the loop is closed; or this is the child of a fork
 *   CREEL_ENOMEM        no memory
 *   CREEL_ESYS          the system refused, or knows no descriptor that stands for others (other than Linux)
 * After uv_backend_fd, but timers count too.
 */
CREEL_API int creel_loop_fd(creel_loop *loop);

#ifdef __cplusplus
}
#endif

#endif
