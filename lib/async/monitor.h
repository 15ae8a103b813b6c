/* SPDX-License-Identifier: MIT */
/*
 * monitor.h: what locks, events, conditions, semaphores, barriers and queues have in common: a mutex around
 * the object, and lines of callers, tasks and threads alike, who wait for it.
 *
 * Whoever changes the object hands over what a caller waits for while it holds the mutex: it takes the
 * caller out of its line and *serves* it with an answer. So a caller is in a line or has been served,
 * never something between, and looks which it is under the same mutex when its wait has ended:
 *
 *     JOINED ──serve──► SERVED: what it waited for is its own, also if a timeout or a request came as well
 *       └──timeout, cancel──► LEFT: nothing was handed to it, and those behind it move up
 *
 * Nothing is lost by that, and nobody overtakes: what comes free while somebody waits is handed to the
 * first in line and never lies about for others. Each object has the invariant that says so, "if somebody
 * waits, there is nothing to be had", and keeps it before it lets the mutex go.
 *
 * An object begins with its monitor, so that a pointer to it is one to the monitor:
 *
 *     struct creel_thing { crl_monitor monitor; ... guarded by it ... };
 *     use it:       crl_monitor_enter(thing); ...; crl_monitor_leave(thing);
 *     wait for it:  crl_monitor_wait(thing, 0, try_to_get_it, &self, timeout);
 *
 * Lifetime  the object is counted: the handle, and each call that has begun to wait. Destroying it serves all
 *           who wait with CREEL_ECLOSED; the last to leave frees it. In the child of a fork, where another
 *           thread may have held the mutex for ever, it is not touched but freed.
 * Rejected  waking a caller so that it looks by itself whether it can have what it waited for: others overtake
 *           it, and who is cancelled then must wake another.
 */
#ifndef CRL_ASYNC_MONITOR_H
#define CRL_ASYNC_MONITOR_H

#include "base/list.h"
#include "runner/waiter.h"
#include "sync/mutex.h"

#include <creel/status.h>
#include <creel/time.h>
#include <stdbool.h>
#include <stddef.h>

/* Who waits, first come first served. */
typedef struct crl_line {
	crl_list callers;
	size_t length;
} crl_line;

/* One call that waits, on the stack of who called. */
typedef struct crl_caller {
	crl_waiter waiter;
	crl_list place;      /* in `line` */
	crl_line *line;      /* NULL: in none, or served */
	creel_status answer; /* what it was served with */
} crl_caller;

enum { CRL_MONITOR_LINES = 3 };

typedef struct crl_monitor {
	unsigned generation;
	crl_mutex lock; /* guards the rest, and the object */
	size_t refs;
	bool destroyed;
	crl_line lines[CRL_MONITOR_LINES]; /* as many as the object has things to wait for */
} crl_monitor;

/* A zeroed object of this size that begins with a monitor, initialized; NULL: no memory, which is reported. */
void *crl_monitor_create(size_t size);

/* Take the mutex: CREEL_OK; or CREEL_EINVAL (NULL) or CREEL_ECLOSED (made before a fork), which is reported. */
creel_status crl_monitor_enter(void *object);
void crl_monitor_leave(void *object);

/* The same for who only reads; false: there is nothing to read. */
bool crl_monitor_look(const void *object);
void crl_monitor_look_away(const void *object);

/* With the mutex held: get what the caller wants: CREEL_OK; CREEL_EPENDING: it has to wait; else why it
 * cannot be had. */
typedef creel_status crl_attempt(void *object, crl_caller *self);

/*
 * Get what the attempt is after, or wait for it in that line, as long as the timeout says. Takes the mutex,
 * and lets it go. What the attempt or whoever served has answered; or as creel_await_for() does. Reported, but
 * for what is peculiar to the object.
 */
creel_status crl_monitor_wait(void *object, unsigned line, crl_attempt *attempt, crl_caller *self,
	creel_duration timeout);

/* The pieces of it. With the mutex held: stand behind all in the line; leave it; let a caller who is in a line
 * go on, with an answer; the same for all in a line. */
void crl_line_join(crl_line *line, crl_caller *caller);
void crl_line_leave(crl_caller *caller);
void crl_serve(crl_caller *caller, creel_status answer);
void crl_serve_all(crl_line *line, creel_status answer);

/* The first in line; NULL: nobody waits. */
crl_caller *crl_line_first(const crl_line *line);

/* With the mutex held: keep the object until crl_monitor_unref(), which lets the mutex go, and frees it if that
 * was the last. */
void crl_monitor_ref(void *object);
void crl_monitor_unref(void *object);

/* The end of the handle: serve all who wait with CREEL_ECLOSED. True: the mutex is held, and
 * crl_monitor_unref() is left to do; false: it was NULL, or inherited and is freed. destroy() is both. */
bool crl_monitor_close(void *object);
void crl_monitor_destroy(void *object);

/* Report what is the same for all objects; others, and CREEL_OK, pass. Returns the status. */
creel_status crl_monitor_report(creel_status status);

#endif
