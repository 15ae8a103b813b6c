/* SPDX-License-Identifier: MIT */
/*
 * then.c: a task that is submitted when a future has ended, its input, and is told how.
 *
 * It is a task like others from the beginning (task/task.h), so that it is cancelled, awaited and let go of as
 * such. It has a waker in its input; when that is woken the task is submitted, or ends as the input did.
 *
 *     PENDING, linked ──the input──► PENDING, queued ──a worker──► RUNNING ──► VALUE | ERROR | CANCELLED
 *        │     └──the input, without a value──► RUNNING ──► the same end        fn is not called
 *        └──a cancel, which may come while it is queued, too──► RUNNING ──► CANCELLED        nor here
 *
 * Who        as of a task, and the input's completer
 * Invariants
 *   I1  Who starts the future ends it (task.h, I1): the worker, a cancel, or the input's completer, to pass its end
 *       on or because the task was refused.
 *   I2  The reference of the job is the waker's while that is linked or being woken: whoever takes it out, the
 *       completer or the cancel, has it then.
 *   I3  The input is kept until fn has returned; where its end was passed on, for ever, as it lends the error. Of
 *       an input that has passed on its own, that one's is kept instead: a chain of any length keeps one.
 * Ordering   by the futures [F1].
 */
#include "async/combine.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/options.h"
#include "future/cascade.h"
#include "loop/loop.h"
#include "pool/pool.h"
#include "task/task.h"

#include <creel/then.h>

typedef struct then {
	crl_task task; /* its first member; its argument is this */
	crl_task_extra extra;
	crl_place place;     /* of the input */
	creel_future *input; /* a reference; NULL: let go of */
	creel_then_fn *fn;
	void *arg;
	creel_drop_fn *arg_drop; /* NULL: none */
	uint32_t flags;
	bool passed;      /* it has ended as its input did */
	creel_pool *pool; /* references; one of them, */
	creel_loop *loop; /* or, where it was refused, none */
} then;

static then *
of_future(creel_future *future)
{
	return CRL_CONTAINER_OF(CRL_CONTAINER_OF(future, crl_task, future), then, task);
}

/* The task's own function. */
static void *
run(void *arg)
{
	then *t = arg;
	creel_future *input = t->input;
	void *value;

	t->place.outcome = crl_combine_outcome(input);
	crl_combine_looked(input);
	value = t->fn(&t->place.outcome, t->arg);
	t->input = NULL;
	creel_future_unref(input);
	return value;
}

static void
drop_arg(void *arg)
{
	const then *t = arg;

	if (t->arg_drop != NULL)
		t->arg_drop(t->arg);
}

static bool has_passed(creel_future *future);

/* End as the input did. */
static void
pass_on(then *t)
{
	creel_future *input = t->input;

	if (has_passed(input)) {
		t->input = creel_future_ref(of_future(input)->input);
		creel_future_unref(input);
		input = t->input;
	}
	t->passed = true;
	crl_task_complete(&t->task, crl_state_phase(crl_future_state(input)), input->error);
}

/* False: it is not accepted, else it may be gone. */
static bool
submit(then *t)
{
	crl_letter *letter = &t->task.job.letter;

	if (t->loop != NULL)
		return !crl_load(&t->loop->closing, relaxed) && crl_loop_deliver(t->loop, letter);
	if (crl_unlikely(t->pool->measure))
		t->extra.put_in = crl_now();
	letter->flags = crl_pool_is_own(t->pool) ? 0 : CRL_JOB_OUTSIDE | CRL_JOB_UNBOUNDED;
	return crl_pool_push(t->pool, (crl_letters){letter, letter, 1});
}

/* In the cascade: the input has ended. */
static void
go_on(crl_waker *waker)
{
	then *t = CRL_CONTAINER_OF(waker, then, place.waker);
	const bool wanted = t->flags & CREEL_THEN_ALWAYS ||
			    crl_state_phase(crl_future_state(t->input)) == CRL_VALUE;

	if (wanted && submit(t))
		return;
	if (wanted) {
		crl_task_refuse(&t->task,
			t->loop != NULL ? &crl_error_loop_closed : crl_pool_refusal(t->pool));
		return;
	}
	if (crl_future_start(&t->task.future))
		pass_on(t);
	creel_future_unref(&t->task.future);
}

static crl_wake *const by_go_on = go_on;

static void
wake(crl_waker *waker)
{
	crl_cascade_later(waker, &by_go_on);
}

static crl_wake *const by_wake = wake;

static creel_cancel_result
cancel(creel_future *future, const char *reason)
{
	then *t = of_future(future);
	const creel_cancel_result result = crl_task_cancel(future, reason);

	/* It will never start, so the input stays. */
	if (result == CREEL_CANCEL_NOW && crl_future_unlink(t->input, &t->place.waker))
		creel_future_unref(future);
	return result;
}

static bool
borrows_error(const creel_future *future)
{
	return of_future((creel_future *)(uintptr_t)future)->passed;
}

static void
release(creel_future *future)
{
	then *t = of_future(future);

	if (t->passed && crl_future_state(future) & CRL_STATE_LOOKED)
		crl_combine_looked(t->input);
	creel_future_unref(t->input);
	crl_task_fini_extra(&t->task);
	if (t->pool != NULL)
		crl_pool_unref(t->pool);
	if (t->loop != NULL)
		crl_loop_unref(t->loop);
	crl_free(t);
}

static const crl_combine_ops ops = {.future = {.cancel = cancel,
					    .destroy = crl_combine_destroy,
					    .drop_value = crl_task_drop_value,
					    .forget_reason = crl_task_forget_reason,
					    .borrows_error = borrows_error},
	.release = release};

static bool
has_passed(creel_future *future)
{
	return future->ops == &ops.future && of_future(future)->passed;
}

/* What a continuation is made of. */
typedef struct plan {
	creel_pool *pool;
	creel_loop *loop;
	creel_future *input;
	creel_then_options options;
	creel_then_fn *fn;
	void *arg;
} plan;

/* A continuation that is linked to nothing, and refers to nothing; NULL: no memory. */
static then *
make_then(const plan *p)
{
	then *t = crl_alloc(sizeof *t);
	const creel_task_options options = {.name = p->options.name,
		.arg_drop = drop_arg,
		.result_drop = p->options.result_drop};

	if (t == NULL)
		return NULL;
	*t = (then){.fn = p->fn,
		.arg = p->arg,
		.arg_drop = p->options.arg_drop,
		.flags = p->options.flags};
	crl_task_init_in(&t->task, &t->extra, &ops.future,
		&(crl_task_spec){.fn = run,
			.arg = t,
			.options = &options,
			.holders = 1,
			.runtime = p->loop != NULL ? p->loop->runtime : NULL});
	crl_fetch_or(&t->task.future.state, CRL_STATE_NOTE_READ, relaxed); /* not shared yet */
	return t;
}

/* Link it, or, if the input has ended, submit it. */
static void
start(then *t, const plan *p)
{
	t->input = creel_future_ref(p->input);
	t->place.waker.wake = &by_wake;
	if ((t->pool = p->pool) != NULL)
		crl_pool_ref(p->pool);
	if ((t->loop = p->loop) != NULL)
		crl_loop_ref(p->loop);
	if (!crl_future_link(p->input, &t->place.waker))
		go_on(&t->place.waker);
}

/* There is no memory for one that could be refused: only its argument is left to care for. */
static creel_future *
refuse_without(const plan *p)
{
	crl_call_inhibited(p->options.arg_drop, p->arg);
	return crl_future_no_memory();
}

/* Begin a continuation; or refuse it with this error, unless NULL, or for its input. */
static creel_future *
begin(plan *p, const creel_error *refused)
{
	then *t;

	if (refused == NULL)
		refused = crl_combine_refuses(p->input);
	if (refused != NULL)
		p->loop = NULL;
	if ((t = make_then(p)) == NULL)
		return refuse_without(p);
	if (refused != NULL)
		crl_task_refuse(&t->task, refused);
	else
		start(t, p);
	return &t->task.future;
}

/* Read the options; false: some are not known. */
static bool
read_options(plan *p, const creel_then_options *opts)
{
	return crl_options_read(&p->options, sizeof p->options, opts) &&
	       !(p->options.flags & ~CREEL_THEN_ALWAYS);
}

creel_future *
creel_then_with(creel_pool *pool, creel_future *future, const creel_then_options *opts,
	creel_then_fn *fn, void *arg)
{
	plan p = {.pool = pool, .input = future, .fn = fn, .arg = arg};
	const creel_error *refused = NULL;

	if (!read_options(&p, opts) || pool == NULL || fn == NULL)
		refused = &crl_error_invalid;
	else if (crl_pool_inherited(pool))
		refused = &crl_error_closed;
	return begin(&p, refused);
}

creel_future *
creel_then(creel_pool *pool, creel_future *future, creel_then_fn *fn, void *arg)
{
	return creel_then_with(pool, future, NULL, fn, arg);
}

creel_future *
creel_loop_then_with(creel_loop *loop, creel_future *future, const creel_then_options *opts,
	creel_then_fn *fn, void *arg)
{
	plan p = {.loop = loop, .input = future, .fn = fn, .arg = arg};
	const creel_error *refused = NULL;

	if (!read_options(&p, opts) || loop == NULL || fn == NULL)
		refused = &crl_error_invalid;
	else if (crl_loop_inherited(loop) || crl_load(&loop->closing, relaxed))
		refused = &crl_error_loop_closed;
	return begin(&p, refused);
}

creel_future *
creel_loop_then(creel_loop *loop, creel_future *future, creel_then_fn *fn, void *arg)
{
	return creel_loop_then_with(loop, future, NULL, fn, arg);
}
