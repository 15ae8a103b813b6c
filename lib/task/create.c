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
submit(creel_loop *loop, creel_fn *fn, void *arg, const creel_error *refused)
{
	crl_task *task =
		crl_task_new(NULL, &(crl_task_spec){.fn = fn,
					   .arg = arg,
					   .holders = 1,
					   .runtime = refused == NULL ? loop->runtime : NULL});

	if (task == NULL)
		return crl_future_no_memory();
	if (refused == NULL && !crl_loop_deliver(loop, &task->job.letter))
		refused = &crl_error_loop_closed;
	if (refused != NULL)
		crl_task_refuse(task, refused);
	return &task->future;
}

creel_future *
creel_loop_submit(creel_loop *loop, creel_fn *fn, void *arg)
{
	return submit(loop, fn, arg, refusal(loop, fn));
}

creel_future *
creel_create_task(creel_fn *fn, void *arg)
{
	creel_loop *loop = creel_current_loop();

	return submit(loop, fn, arg, loop == NULL ? &crl_error_no_loop : refusal(loop, fn));
}
