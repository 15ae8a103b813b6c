/* SPDX-License-Identifier: MIT */
/*
 * creel/context.h: values that go with the work: from a task to the tasks that it makes, and on.
 *
 *  function                   blocks?  from a worker?  from a loop?  any thread?  from a callback?
 *  creel_context_key_create   no       yes             yes           yes          yes
 *  creel_context_key_destroy  no       yes             yes           yes          yes
 *  creel_context_set          no       yes             yes           yes          ESTATE
 *  creel_context_get          no       yes             yes           yes          NULL
 *
 *     static creel_context_key *request;                      made once: creel_context_key_create(NULL)
 *
 *     creel_context_set(request, &this_request);              by the task that serves it
 *     creel_submit(pool, look_up, name);                      and whatever that submits in its turn
 *
 *     void say(const char *text)                              called from any of these, however deep
 *     {
 *             const struct request *r = creel_context_get(request);
 *             ...
 *
 * Each task, and each plain thread, has values of its own, by key. A thread begins with none. A task begins with those
 * that whoever makes it has at that time; what either sets later, the other does not see. Makers are all that put
 * a task somewhere: submit and post, loops, creel_run() and creel_to_thread(), groups, continuations (who calls
 * creel_then(), not who ends what it waits for) and streams (who makes the stream, for each of its calls).
 *
 * What a task does by fork, parallel_for, parallel_reduce and map is done by parts of it. A part sees the values
 * that the task had when the part was forked, or has set since until it begins. What a part sets is seen by itself, and
 * maybe by the task and by other parts, for they may run one after the other on one worker: set nothing there.
 *
 * Callbacks, of futures as of loops, destructors and hooks have no values, wherever they run: pass them what they need.
 * Tasks that these make have none either.
 *
 * The values of one task are an immutable table that tasks share; setting one makes a new table. To look up a value
 * is to search that table, and takes no lock. Who never sets a value pays nothing for those who could; a task that
 * begins with some needs a second block of memory, and is refused (CREEL_ENOMEM) where there is none.
 *
 * After Python's contextvars. Unlike there, callbacks do not remember who registered them, and there are no tokens
 * to set back by.
 */
#ifndef CREEL_CONTEXT_H
#define CREEL_CONTEXT_H

#include <creel/attributes.h>
#include <creel/status.h>
#include <creel/task.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a value is found by. */
typedef struct creel_context_key creel_context_key;

/*
 * creel_context_key_create() makes a key that nobody has a value for. drop, unless NULL, is called once for each value
 * that was set, when the last task or thread that has it has set another, or has ended: a task lets go
 * of its values before others can see its end. It runs in any thread, and may not suspend. The key is the caller's, to
 * be destroyed; from any thread. NULL: no memory, as creel_last_error() says. After contextvars.ContextVar.
 */
CREEL_API CREEL_NODISCARD creel_context_key *creel_context_key_create(creel_drop_fn *drop);

/*
 * creel_context_key_destroy() ends a key, which nobody uses any more; from any thread. Values that are still
 * set for it cannot be got at any more, and are dropped in their time. NULL is fine.
 */
CREEL_API void creel_context_key_destroy(creel_context_key *key);

/*
 * creel_context_set() gives the key a value, of the calling task or thread and the tasks that it makes from now on. The
 * value is creel's then, to be dropped; each call that succeeds hands over one. NULL takes the value away. CREEL_EINVAL: the
 * key is NULL; CREEL_ESTATE: this is a callback, a destructor or a hook; CREEL_ENOMEM. Whatever fails changes
 * nothing, and leaves the value with the caller. After ContextVar.set.
 */
CREEL_API creel_status creel_context_set(creel_context_key *key, void *value);

/*
 * creel_context_get() is the key's value of the calling task or thread; NULL: it has none. It is lent, until the caller
 * sets another or ends. The key NULL: NULL, and creel_last_error() says CREEL_EINVAL. After ContextVar.get(None).
 */
CREEL_API void *creel_context_get(const creel_context_key *key);

#ifdef __cplusplus
}
#endif

#endif
