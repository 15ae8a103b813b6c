/* SPDX-License-Identifier: MIT */
/* create.c: putting tasks on a loop. */
#include "base/error.h"
#include "loop/loop.h"
#include "task/task.h"

/* Why a task is refused before it is tried; NULL: it is not. */
static const creel_error *
refusal(const creel_loop *loop, creel_fn *fn)
{
	if (loop == NULL || fn == NULL)
		return &crl_error_invalid;
	if (crl_loop_inherited(loop) || crl_load(&loop->closing, relaxed))
		return &crl_error_loop_closed;
	return NULL;
}

static creel_future *
submit(creel_loop *loop, const crl_task_spec *spec, const creel_error *refused)
{
	crl_task *task = crl_task_new(NULL, spec);

	if (task == NULL)
		return crl_task_refuse_unmade(spec);
	if (refused == NULL && !crl_loop_deliver(loop, &task->job.letter))
		refused = &crl_error_loop_closed;
	if (refused != NULL)
		crl_task_refuse(task, refused);
	return &task->future;
}

creel_future *
crl_task_create(creel_loop *loop, const crl_task_spec *spec)
{
	const creel_error *refused = refusal(loop, spec->fn);
	crl_task_spec made = *spec;

	made.runtime = refused == NULL ? loop->runtime : NULL;
	return submit(loop, &made, refused);
}

creel_future *
creel_loop_submit(creel_loop *loop, creel_fn *fn, void *arg)
{
	return crl_task_create(loop, &(crl_task_spec){.fn = fn, .arg = arg, .holders = 1});
}

creel_future *
creel_create_task(creel_fn *fn, void *arg)
{
	const crl_task_spec spec = {.fn = fn, .arg = arg, .holders = 1};
	creel_loop *loop = creel_current_loop();

	return loop != NULL ? crl_task_create(loop, &spec)
			    : submit(NULL, &spec, &crl_error_no_loop);
}
