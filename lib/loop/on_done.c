/* SPDX-License-Identifier: MIT */
/*
 * on_done.c: a future's callback that is called on a loop: an ordinary callback of the future sends a
 * letter to the loop, which then calls the program. A closed loop refuses the letter.
 */
#include "base/context.h"
#include "base/mem.h"
#include "future/callback.h"
#include "future/future.h"
#include "loop/loop.h"

typedef struct on_done {
	crl_job job;
	creel_loop *loop;     /* a reference, so that a letter that comes late is refused */
	creel_future *future; /* a reference, once the letter has been sent */
	creel_done_fn *fn;
	void *arg;
} on_done;

static void
free_on_done(void *arg)
{
	on_done *o = arg;
	creel_loop *loop = o->loop;

	crl_free(o);
	crl_loop_unref(loop);
}

static void
run(crl_job *job)
{
	on_done *o = CRL_CONTAINER_OF(job, on_done, job);
	creel_future *future = o->future;
	crl_inhibition inhibition = crl_inhibit();

	o->fn(future, o->arg);
	crl_inhibit_end(inhibition);
	free_on_done(o);
	creel_future_unref(future);
}

static const crl_job_ops job_ops = {.run = run};

static void
send_letter(creel_future *future, void *arg)
{
	on_done *o = arg;

	o->future = creel_future_ref(future);
	if (!crl_loop_deliver(o->loop, &o->job.letter)) {
		creel_future_unref(future);
		free_on_done(o);
	}
}

creel_status
creel_loop_on_done(creel_loop *loop, creel_future *future, creel_done_fn *fn, void *arg)
{
	creel_status status = crl_loop_check(loop, future);
	on_done *o;

	if (status != CREEL_OK)
		return status;
	if (fn == NULL)
		return crl_report(CREEL_EINVAL, "the function is NULL");
	if (crl_future_is_lost(future))
		return crl_report(CREEL_ECLOSED, "the future was made before a fork");
	if ((o = crl_alloc(sizeof *o)) == NULL)
		return crl_report(CREEL_ENOMEM, "no memory for a callback");
	crl_loop_ref(loop);
	*o = (on_done){.job = {.ops = &job_ops,
			       .letter = {.kind = CRL_LETTER_JOB, .flags = CRL_JOB_CALLBACK}},
		.loop = loop,
		.fn = fn,
		.arg = arg};
	if (!crl_callback_add(future, send_letter, o, free_on_done)) {
		free_on_done(o);
		return crl_report(CREEL_ENOMEM, "no memory for a callback");
	}
	return CREEL_OK;
}
