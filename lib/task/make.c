/* SPDX-License-Identifier: MIT */
/* make.c: how a task is made of what its submission says. */
#include "base/attr.h"
#include "base/clock.h"
#include "base/mem.h"
#include "sync/blocks.h"
#include "task/task.h"
#include "task/values.h"

#include <stdio.h>

/* The runtime of what the spec describes. */
static crl_runtime *
runtime_for(const crl_task_spec *spec)
{
	crl_runtime *runtime = crl_task_runtime();

	return crl_runtime_ref(runtime != NULL ? runtime : spec->runtime);
}

/* What it begins with. */
static crl_values *
values_for(const crl_task_spec *spec)
{
	return crl_unlikely(spec->values != NULL) ? *spec->values : crl_values_self();
}

/* Is something to be known of the task that it need not know itself? */
static CRL_COLD bool
is_watched(const creel_pool *pool)
{
	return crl_watching() || (pool != NULL && pool->measure);
}

static bool
needs_extra(const creel_pool *pool, const crl_task_spec *spec)
{
	const creel_task_options *options = spec->options;

	if (crl_unlikely(crl_watching_any()) && is_watched(pool))
		return true;
	if (crl_unlikely(values_for(spec) != NULL))
		return true;
	return options != NULL &&
	       (options->name != NULL || options->arg_drop != NULL ||
		       options->result_drop != NULL || options->start_deadline != 0);
}

static void
init_extra(crl_task_extra *extra, const crl_task_spec *spec)
{
	const creel_task_options *options = spec->options;

	*extra = (crl_task_extra){
		.runtime = runtime_for(spec), .values = crl_values_ref(values_for(spec))};
	if (options == NULL)
		return;
	extra->arg_drop = options->arg_drop;
	extra->result_drop = options->result_drop;
	extra->start_deadline = options->start_deadline;
	snprintf(extra->name, sizeof extra->name, "%s", options->name != NULL ? options->name : "");
}

/* Set up the last word, and the operations, which say what it is; false: no memory. */
static bool
take_options(crl_task *task, const creel_pool *pool, const crl_task_spec *spec)
{
	if (crl_likely(!needs_extra(pool, spec))) {
		task->future.ops = &crl_task_plain_ops;
		task->runtime = runtime_for(spec);
		return true;
	}
	task->future.ops = &crl_task_extra_ops;
	if ((task->extra = crl_alloc(sizeof *task->extra)) == NULL)
		return false;
	init_extra(task->extra, spec);
	return true;
}

/* All but the operations and the last word. */
static void
init(crl_task *task, const crl_future_ops *ops, const crl_task_spec *spec)
{
	crl_future_init(&task->future, ops, CRL_PENDING, 1 + spec->holders);
	task->job.ops = &crl_task_job_ops;
	task->job.letter.kind = CRL_LETTER_JOB;
	task->fn = spec->fn;
	task->arg = spec->arg;
	crl_cancel_init(&task->cancel);
}

static uint32_t
flags_of(const creel_pool *pool, const crl_task_spec *spec)
{
	uint32_t flags = pool == NULL || crl_pool_is_own(pool) ? 0 : CRL_JOB_OUTSIDE;

	if (spec->posted)
		flags |= CRL_JOB_POSTED;
	if (spec->unbounded)
		flags |= CRL_JOB_UNBOUNDED;
	if (crl_likely(spec->options == NULL))
		return flags;
	if (spec->options->priority == CREEL_PRIORITY_HIGH)
		flags |= CRL_JOB_HIGH;
	else if (spec->options->priority == CREEL_PRIORITY_LOW)
		flags |= CRL_JOB_LOW;
	return flags;
}

static CRL_COLD void
watch(crl_task *task, const creel_pool *pool)
{
	if (!crl_task_has_extra(task))
		return;
	if (pool != NULL && pool->measure)
		task->extra->put_in = crl_now();
	if (crl_watching())
		crl_task_watch(task);
}

crl_task *
crl_task_new(const creel_pool *pool, const crl_task_spec *spec)
{
	crl_task *task = crl_block_get();

	if (task == NULL)
		return NULL;
	if (!take_options(task, pool, spec)) {
		crl_block_put(task);
		return NULL;
	}
	init(task, task->future.ops, spec);
	task->job.letter.flags = flags_of(pool, spec);
	if (crl_unlikely(spec->options != NULL) && spec->options->start_deadline != 0)
		task->job.ops = &crl_task_dated_ops;
	if (crl_unlikely(crl_watching_any()))
		watch(task, pool);
	return task;
}

void
crl_task_init_in(
	crl_task *task, crl_task_extra *extra, const crl_future_ops *ops, const crl_task_spec *spec)
{
	init(task, ops, spec);
	task->job.letter.flags = 0;
	task->extra = extra;
	init_extra(extra, spec);
	if (crl_unlikely(crl_watching()))
		crl_task_watch(task);
}
