/* SPDX-License-Identifier: MIT */
/* admit.c: tasks that a pool has not accepted at once: those for which a bounded queue may have no room. */
#include "base/clock.h"
#include "base/error.h"
#include "runner/waiter.h"
#include "task/task.h"

/* Why the pool did not let in what waited for room; NULL: it did. */
static const creel_error *
error_of(creel_pool *pool, creel_status status)
{
	switch ((int)status) {
	case CREEL_OK:
		return NULL;
	case CREEL_ECLOSED:
		return crl_pool_refusal(pool);
	case CREEL_ECANCELLED:
	case CRL_CUT:
		return &crl_error_cancelled;
	case CREEL_ETIMEDOUT:
		return &crl_error_late;
	case CREEL_EDEADLK:
		return &crl_error_pool_full_here;
	default:
		return &crl_error_no_memory;
	}
}

/* Who waits for room does so no longer than the tasks may. */
static int64_t
deadline_of(const crl_task_spec *spec)
{
	const creel_task_options *options = spec->options;

	return options != NULL && options->start_deadline != 0 ? options->start_deadline
							       : CRL_NEVER;
}

/* Wait until all are let in; NULL; or why not. Who was told by that to end has been told so. */
static const creel_error *
await_room(creel_pool *pool, crl_letters *tasks, const crl_task_spec *spec)
{
	const creel_status status = crl_pool_await_room(pool, tasks, deadline_of(spec));

	if (status == CREEL_ECANCELLED || status == CRL_CUT)
		crl_waiter_report(status);
	return error_of(pool, status);
}

static void
run_first(crl_letters *tasks)
{
	crl_job *job = crl_jobs_take(tasks);

	crl_task_run_in_caller(CRL_CONTAINER_OF(job, crl_task, job));
}

const creel_error *
crl_task_admit(creel_pool *pool, crl_letters *tasks, const crl_task_spec *spec)
{
	crl_letters in_order = {NULL, NULL, 0};

	if (!crl_pool_is_bounded_for(pool, tasks->first->flags))
		return crl_pool_refusal(pool);
	crl_letters_append_turned(&in_order, tasks->first);
	*tasks = in_order;
	while (tasks->count > 0)
		switch (crl_pool_offer(pool, tasks)) {
		case CRL_OFFER_TAKEN:
			break;
		case CRL_OFFER_CLOSED:
			return crl_pool_refusal(pool);
		case CRL_OFFER_FULL:
			if (spec->only_try || pool->when_full == CREEL_FULL_FAIL)
				return &crl_error_pool_full;
			if (pool->when_full == CREEL_FULL_WAIT)
				return await_room(pool, tasks, spec);
			crl_fetch_add(&pool->in_caller, 1, relaxed);
			run_first(tasks);
		}
	return NULL;
}

const creel_error *
crl_task_admit_one(creel_pool *pool, crl_task *task, const crl_task_spec *spec)
{
	crl_letter *letter = &task->job.letter;

	return crl_task_admit(pool, &(crl_letters){letter, letter, 1}, spec);
}
