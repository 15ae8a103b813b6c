/* SPDX-License-Identifier: MIT */
/* loop.c: a loop's life: options, its thread, the end. See loop.h. */
#include "loop/loop.h"

#include "base/clock.h"
#include "base/context.h"
#include "base/mem.h"
#include "base/options.h"
#include "loop/embed.h"
#include "runner/poller.h"
#include "runner/waiter.h"

#include <creel/pool.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_STACK ((size_t)256 << 10)
#define DEFAULT_GUARD ((size_t)64 << 10)

/* Fill in the defaults; NULL, or what is wrong. */
static const char *
check_options(creel_loop_options *to, const creel_loop_options *from)
{
	if (!crl_options_read(to, sizeof *to, from))
		return "the options are of a newer creel, or have no size";
	if (to->flags & ~CREEL_LOOP_NO_THREAD)
		return "unknown flags";
	if (to->stack_size != 0 &&
		(to->stack_size < CREEL_STACK_MIN || to->stack_size > CREEL_STACK_MAX))
		return "the stack size is out of range";
	if (to->guard_size > CREEL_STACK_MAX)
		return "the guard size is out of range";
	if (to->stack_size == 0)
		to->stack_size = DEFAULT_STACK;
	if (to->guard_size == 0)
		to->guard_size = DEFAULT_GUARD;
	if (to->name == NULL)
		to->name = "creel-loop";
	return NULL;
}

void
crl_loop_ref(creel_loop *loop)
{
	crl_fetch_add(&loop->refs, 1, relaxed); /* from a reference that exists */
}

static void
free_loop(creel_loop *loop)
{
	crl_runner_put(loop->runner);
	crl_mutex_fini(&loop->lock);
	crl_free_line(loop);
}

void
crl_loop_unref(creel_loop *loop)
{
	if (crl_fetch_sub(&loop->refs, 1, acq_rel) == 1) /* [L1] */
		free_loop(loop);
}

static void
finished(crl_source *source, crl_runner *runner, uint32_t flags)
{
	(void)source, (void)runner, (void)flags;
}

/* The runner has been left for good. */
static void
set_closed(creel_loop *loop)
{
	crl_runner_end(loop->runner);
	crl_mutex_lock(&loop->lock);
	loop->closed = true;
	crl_wakers_wake(&loop->waiters);
	crl_mutex_unlock(&loop->lock);
}

static void *
thread_main(void *arg)
{
	creel_loop *loop = arg;
	const unsigned generation = loop->generation;

	crl_thread_name_self(loop->name);
	crl_unhandled_here(&loop->on_error);
	crl_runner_begin(loop->runner);
	crl_runner_go(loop->runner);
	if (generation != crl_generation()) /* the child of a task that forked */
		return NULL;
	set_closed(loop);
	crl_loop_unref(loop);
	return NULL;
}

static creel_loop *
make_loop(const creel_loop_options *options)
{
	creel_loop *loop = crl_zalloc_line(sizeof *loop);

	if (loop == NULL)
		return NULL;
	loop->source = (crl_source){.choose = crl_loop_choose, .finished = finished};
	loop->generation = crl_generation();
	loop->has_thread = !(options->flags & CREEL_LOOP_NO_THREAD);
	snprintf(loop->name, sizeof loop->name, "%s", options->name);
	crl_store(&loop->refs, 1, relaxed); /* not shared yet */
	crl_mutex_init(&loop->lock, CRL_RANK_LOOP);
	crl_list_init(&loop->waiters);
	crl_list_init(&loop->descriptors);
	crl_list_init(&loop->signals);
	crl_posts_init(&loop->posts);
	loop->runner = crl_runner_get(&loop->source, 0, options->stack_size, options->guard_size);
	if (loop->runner == NULL) {
		crl_mutex_fini(&loop->lock);
		crl_free_line(loop);
		return NULL;
	}
	return loop;
}

creel_loop *
creel_loop_create(const creel_loop_options *opts)
{
	creel_loop_options options;
	const char *wrong = check_options(&options, opts);
	creel_loop *loop;
	int error;

	if (wrong != NULL) {
		crl_report(CREEL_EINVAL, wrong);
		return NULL;
	}
	if ((loop = make_loop(&options)) == NULL) {
		crl_report(CREEL_ENOMEM, "no memory for a loop");
		return NULL;
	}
	crl_runner_name_overflows();
	if (!loop->has_thread) {
		loop->thread = crl_thread_self();
		crl_runner_begin(loop->runner);
		return loop;
	}
	crl_loop_ref(loop);
	error = crl_thread_start(&loop->thread, thread_main, loop);
	if (error != 0) {
		free_loop(loop);
		crl_reportf(
			CREEL_ESYS, "the loop's thread could not be started: %s", strerror(error));
		return NULL;
	}
	return loop;
}

creel_loop *
creel_current_loop(void)
{
	crl_runner *runner = crl_runner_self();

	if (runner == NULL || runner->source->choose != crl_loop_choose)
		return NULL;
	return CRL_CONTAINER_OF(runner->source, creel_loop, source);
}

bool
crl_loop_is_own(const creel_loop *loop)
{
	return crl_loop_runs_here(loop) || (!loop->has_thread && crl_runner_self() == NULL &&
						   crl_thread_is_self(&loop->thread));
}

creel_status
crl_loop_check(creel_loop *loop, const void *needed)
{
	if (loop == NULL || needed == NULL)
		return crl_report(CREEL_EINVAL, "the loop or an argument is NULL");
	if (crl_loop_inherited(loop))
		return crl_report(CREEL_ECLOSED, "the loop was made before a fork");
	if (crl_load(&loop->closing, relaxed))
		return crl_report(CREEL_ECLOSED, "the loop is closed");
	return CREEL_OK;
}

creel_status
crl_loop_check_own(creel_loop *loop, const void *needed)
{
	creel_status status = crl_loop_check(loop, needed);

	if (status == CREEL_OK && !crl_loop_is_own(loop))
		return crl_report(CREEL_EWRONGTHREAD, "not on the loop's thread");
	return status;
}

bool
crl_loop_deliver(creel_loop *loop, crl_letter *letter)
{
	return crl_runner_deliver(loop->runner, letter);
}

/* Run a turn of a loop that has no thread, on its owner's; false: nothing was ready in time. */
static bool
run_turn(creel_loop *loop, int64_t deadline)
{
	loop->turned = false;
	loop->deadline = deadline;
	crl_unhandled_here(&loop->on_error);
	crl_loop_enter(loop);
	crl_runner_go(loop->runner);
	crl_unhandled_here(NULL);
	if (crl_mailbox_is_closed(&loop->runner->mailbox))
		set_closed(loop);
	crl_loop_leave(loop);
	return loop->turned || loop->closed;
}

/* Run a loop that closes until it has closed; false: not in time. */
static bool
run_to_end(creel_loop *loop, int64_t deadline)
{
	while (!loop->closed)
		if (!run_turn(loop, deadline))
			return false;
	return true;
}

/* Can the caller run this loop? */
static creel_status
check_run(const creel_loop *loop)
{
	if (crl_runner_self() != NULL)
		return crl_report(CREEL_ERUNNING, "the caller is inside a loop or a pool");
	if (!crl_thread_is_self(&loop->thread))
		return crl_report(CREEL_EWRONGTHREAD, "the loop belongs to another thread");
	return CREEL_OK;
}

creel_status
creel_loop_run_once(creel_loop *loop, creel_duration timeout)
{
	creel_status status;
	bool turned;

	if (loop == NULL || timeout < 0)
		return crl_report(CREEL_EINVAL, "the loop is NULL or the timeout negative");
	if (crl_loop_inherited(loop))
		return crl_report(CREEL_ECLOSED, "the loop was made before a fork");
	if (loop->has_thread)
		return crl_report(CREEL_ESTATE, "the loop has a thread of its own");
	if ((status = check_run(loop)) != CREEL_OK)
		return status;
	if (crl_in_callback())
		return crl_report(CREEL_ERUNNING, "the caller is inside a callback");
	if (loop->closed)
		return crl_report(CREEL_ECLOSED, "the loop is closed");
	crl_loop_ref(loop); /* what it runs may destroy it */
	turned = run_turn(loop, crl_deadline(timeout));
	if (loop->orphan)
		run_to_end(loop, CRL_NEVER);
	crl_loop_unref(loop);
	return turned ? CREEL_OK : crl_report(CREEL_ETIMEDOUT, "nothing was ready");
}

/* The loop refuses from now on, and ends what it has. */
static void
begin_close(creel_loop *loop)
{
	crl_store(&loop->closing, true, relaxed);
	crl_runner_interrupt(loop->runner);
	crl_runner_stop(loop->runner);
}

/* Link the waiter; false: the loop has closed. */
static bool
link_waiter(creel_loop *loop, crl_waiter *waiter)
{
	bool open;

	crl_mutex_lock(&loop->lock);
	open = !loop->closed;
	if (open)
		crl_list_push_back(&loop->waiters, &waiter->waker.link);
	crl_mutex_unlock(&loop->lock);
	return open;
}

/* Wait until the loop's thread has closed it; through: whatever happens to the caller. */
static creel_status
wait_closed(creel_loop *loop, int64_t deadline, bool through)
{
	static const crl_subject subject = {"waits for a loop to end", NULL, 0};
	crl_waiter waiter;
	creel_status status = crl_waiter_prepare(&waiter);

	if (status != CREEL_OK || !link_waiter(loop, &waiter))
		return status;
	crl_waiter_says(&waiter, &subject);
	if (through)
		crl_waiter_wait_through(&waiter, deadline);
	else
		crl_waiter_wait(&waiter, deadline);
	crl_mutex_lock(&loop->lock);
	crl_list_unlink(&waiter.waker.link);
	crl_mutex_unlock(&loop->lock);
	return crl_waiter_done(&waiter) ? CREEL_OK : crl_waiter_interrupted(&waiter);
}

static bool
is_closed(creel_loop *loop)
{
	bool closed;

	crl_mutex_lock(&loop->lock);
	closed = loop->closed;
	crl_mutex_unlock(&loop->lock);
	return closed;
}

creel_status
creel_loop_close(creel_loop *loop, creel_duration timeout)
{
	creel_status status;

	if (loop == NULL || timeout < 0)
		return crl_report(CREEL_EINVAL, "the loop is NULL or the timeout negative");
	if (crl_loop_inherited(loop))
		return crl_report(CREEL_ECLOSED, "the loop was made before a fork");
	if (is_closed(loop))
		return CREEL_OK;
	if (crl_loop_runs_here(loop)) {
		begin_close(loop);
		return timeout == 0 ? crl_report(CREEL_ETIMEDOUT, "the loop is busy")
				    : crl_report(CREEL_EDEADLK, "a loop waits for itself");
	}
	if (!loop->has_thread && (status = check_run(loop)) != CREEL_OK)
		return status;
	begin_close(loop);
	if (!loop->has_thread && crl_may_suspend())
		return run_to_end(loop, crl_deadline(timeout))
			       ? CREEL_OK
			       : crl_report(CREEL_ETIMEDOUT, "the loop is busy");
	if (timeout == 0)
		return is_closed(loop) ? CREEL_OK : crl_report(CREEL_ETIMEDOUT, "the loop is busy");
	return crl_waiter_report(wait_closed(loop, crl_deadline(timeout), false));
}

void
creel_loop_destroy(creel_loop *loop)
{
	if (loop == NULL)
		return;
	if (crl_loop_inherited(loop)) {
		crl_poller_close(loop->runner->poller);
		crl_free_line(loop);
		return;
	}
	if (crl_loop_runs_here(loop)) {
		if (loop->runtime != NULL) {
			crl_report(CREEL_ESTATE, "the loop is creel_run()'s own");
			return;
		}
		begin_close(loop);
		if (loop->has_thread)
			crl_thread_detach(&loop->thread);
		else
			loop->orphan = true;
		crl_loop_unref(loop);
		return;
	}
	if (!loop->has_thread) {
		if (check_run(loop) != CREEL_OK)
			return;
		begin_close(loop);
		run_to_end(loop, CRL_NEVER);
	} else {
		begin_close(loop);
		wait_closed(loop, CRL_NEVER, true); /* suspends, where the caller may */
		crl_thread_join(&loop->thread);
	}
	crl_loop_unref(loop);
}
