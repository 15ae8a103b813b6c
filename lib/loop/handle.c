/* SPDX-License-Identifier: MIT */
/*
 * handle.c: callbacks of a loop, now or later.
 *
 * A handle is a job, and, while it waits for its time, one of the runner's timers.
 *
 * States
 *     WAITING ──(its time has come)──► READY ──(its turn)──► OVER      fn is called by the loop
 *        └──cancel──► OVER                └──cancel──► OVER            fn is not called
 *        └──(the loop closes)──► OVER
 *   Whoever makes it OVER decides. Its letter is in the ready list or the mailbox from READY on, and is the
 *   one thing that brings the loop's reference back. A cancel from another thread finds the timer among
 *   some that are not its own: it sends the letter, and the loop takes the timer out when that comes.
 *   The loop does not close while it has timers, so the letter is never refused.
 *
 * Ordering (release -> acquire, what it publishes)
 *   The state is a decision that stands for itself, relaxed: what the loop needs comes with the letter
 *   [MB1].
 *   [H1] unref: fetch_sub, acq_rel -> the last unref: the same    all uses of the handle are over
 */
#include "base/clock.h"
#include "base/context.h"
#include "base/mem.h"
#include "loop/embed.h"
#include "loop/loop.h"
#include "queue/timers.h"

enum { WAITING, READY, OVER };

struct creel_handle {
	crl_job job;
	crl_atomic(unsigned) state;
	crl_atomic(unsigned) refs; /* the loop's, and the program's */
	crl_timer timer;           /* in the middle, so that its fetching brings the rest */
	creel_loop *loop;          /* valid until the state is OVER, or on the loop */
	creel_callback_fn *fn;
	void *arg;
};

static creel_handle *
of_timer(crl_timer *timer)
{
	return CRL_CONTAINER_OF(timer, creel_handle, timer);
}

/* One step; false: somebody else was first. */
static bool
step(creel_handle *handle, unsigned from, unsigned to)
{
	return crl_cas(&handle->state, &from, to, relaxed, relaxed);
}

void
creel_handle_unref(creel_handle *handle)
{
	if (handle == NULL)
		return;
	/* Whoever has the last reference shares the handle with nobody: no need to count it down. */
	if (crl_load(&handle->refs, acquire) == 1 || /* [H1] */
		crl_fetch_sub(&handle->refs, 1, acq_rel) == 1)
		crl_free(handle);
}

/* The letter has come: in its turn, or to have the timer taken out. */
static void
run(crl_job *job)
{
	creel_handle *handle = CRL_CONTAINER_OF(job, creel_handle, job);

	crl_timers_remove(&handle->loop->runner->timers, &handle->timer);
	if (step(handle, READY, OVER))
		crl_call_inhibited(handle->fn, handle->arg);
	creel_handle_unref(handle);
}

static const crl_job_ops job_ops = {.run = run};

static void
expire(crl_timer *timer)
{
	creel_handle *handle = of_timer(timer);

	if (step(handle, WAITING, READY))
		crl_loop_deliver(handle->loop, &handle->job.letter);
	else /* cancelled this moment: the letter is on its way, and the loop has to wait for it */
		crl_timers_add(&handle->loop->runner->timers, timer, CRL_NEVER);
}

void
crl_loop_drop_timers(creel_loop *loop)
{
	crl_timers *timers = &loop->runner->timers;
	crl_timer *timer, *cancelled = NULL;

	/* No task waits any more, so all of them are handles. Those that somebody cancels at this moment
	 * have letters on their way, and stay. */
	while ((timer = crl_timers_due(timers, CRL_NEVER, UINT64_MAX)) != NULL) {
		creel_handle *handle = of_timer(timer);

		if (step(handle, WAITING, OVER)) {
			creel_handle_unref(handle);
		} else {
			timer->next = cancelled;
			cancelled = timer;
		}
	}
	while ((timer = cancelled) != NULL) {
		cancelled = timer->next;
		crl_timers_add(timers, timer, CRL_NEVER);
	}
}

static creel_handle *
make_handle(creel_loop *loop, unsigned state, creel_callback_fn *fn, void *arg, creel_handle **out)
{
	creel_handle *handle = crl_alloc(sizeof *handle);

	if (handle == NULL) {
		crl_report(CREEL_ENOMEM, "no memory for a callback");
		return NULL;
	}
	handle->job.ops = &job_ops;
	handle->job.letter.kind = CRL_LETTER_JOB;
	handle->job.letter.flags = CRL_JOB_CALLBACK;
	handle->timer.prev = NULL;
	handle->loop = loop;
	handle->fn = fn;
	handle->arg = arg;
	crl_store(&handle->state, state, relaxed);              /* not shared yet */
	crl_store(&handle->refs, out != NULL ? 2 : 1, relaxed); /* not shared yet */
	return handle;
}

static creel_status
post(creel_loop *loop, creel_callback_fn *fn, void *arg, creel_handle **out)
{

	creel_handle *handle = make_handle(loop, READY, fn, arg, out);

	if (handle == NULL)
		return CREEL_ENOMEM;
	if (!crl_loop_deliver(loop, &handle->job.letter)) {
		crl_free(handle);
		return crl_report(CREEL_ECLOSED, "the loop is closed");
	}
	if (out != NULL)
		*out = handle;
	return CREEL_OK;
}

creel_status
creel_call_soon_threadsafe(creel_loop *loop, creel_callback_fn *fn, void *arg, creel_handle **out)
{
	creel_status status = crl_loop_check(loop, (const void *)(uintptr_t)fn);

	if (status != CREEL_OK)
		return status;
	if (out != NULL || crl_loop_runs_here(loop))
		return post(loop, fn, arg, out);
	status = crl_posts_add(&loop->posts, loop->runner, fn, arg);
	if (crl_unlikely(status != CREEL_OK))
		crl_report(status,
			status == CREEL_ENOMEM ? "no memory for a callback" : "the loop is closed");
	return status;
}

static creel_status
check_own(creel_loop *loop, creel_callback_fn *fn)
{
	return crl_loop_check_own(loop, (const void *)(uintptr_t)fn);
}

creel_status
creel_call_soon(creel_loop *loop, creel_callback_fn *fn, void *arg, creel_handle **out)
{
	creel_status status = check_own(loop, fn);

	return status == CREEL_OK ? post(loop, fn, arg, out) : status;
}

static creel_status
call_at(creel_loop *loop, int64_t when, creel_callback_fn *fn, void *arg, creel_handle **out)
{
	creel_handle *handle = make_handle(loop, WAITING, fn, arg, out);

	if (handle == NULL)
		return CREEL_ENOMEM;
	handle->timer.expire = expire;
	crl_timers_add(&loop->runner->timers, &handle->timer, when);
	crl_loop_timer_added(loop);
	if (out != NULL)
		*out = handle;
	return CREEL_OK;
}

creel_status
creel_call_at(creel_loop *loop, int64_t when, creel_callback_fn *fn, void *arg, creel_handle **out)
{
	creel_status status = check_own(loop, fn);

	return status == CREEL_OK ? call_at(loop, when, fn, arg, out) : status;
}

creel_status
creel_call_later(creel_loop *loop, creel_duration delay, creel_callback_fn *fn, void *arg,
	creel_handle **out)
{
	creel_status status = check_own(loop, fn);

	if (status != CREEL_OK)
		return status;
	if (delay < 0)
		return crl_report(CREEL_EINVAL, "the delay is negative");
	/* Not crl_deadline()'s 0, which would be due before all that is late. */
	return call_at(loop, delay == 0 ? crl_now() : crl_deadline(delay), fn, arg, out);
}

bool
creel_handle_cancel(creel_handle *handle)
{
	if (handle == NULL)
		return false;
	if (step(handle, READY, OVER))
		return true; /* its letter is in a queue, and will be thrown away */
	if (!step(handle, WAITING, OVER))
		return step(handle, READY, OVER); /* its time came in between */
	/* The timer is the loop's, and so is the loop's reference. */
	if (crl_loop_is_own(handle->loop)) {
		crl_timers_remove(&handle->loop->runner->timers, &handle->timer);
		creel_handle_unref(handle);
	} else {
		crl_loop_deliver(handle->loop, &handle->job.letter);
	}
	return true;
}
