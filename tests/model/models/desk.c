/* SPDX-License-Identifier: MIT */
/* desk.c: see desk.h. */
#include "models/desk.h"

#include "models/models.h"
#include "runner/policy.h"

static crl_job *
next(crl_source *source, crl_runner *runner, bool fair)
{
	desk *d = CRL_CONTAINER_OF(source, desk, source);

	(void)runner, (void)fair;
	return d->next < d->count ? d->jobs[d->next++] : NULL;
}

static void
finished(crl_source *source, crl_runner *runner, uint32_t flags)
{
	desk *d = CRL_CONTAINER_OF(source, desk, source);

	(void)flags;
	if (++d->ended == d->count)
		crl_runner_stop(runner);
}

static void
busy(crl_source *source, crl_runner *runner)
{
	(void)source, (void)runner;
}

void
desk_open(desk *d)
{
	d->source = (crl_source){crl_runner_choose, next, finished, busy, NULL};
	d->runner = crl_runner_get(&d->source, 0, 16384, 0);
	model_name(d->runner, "runner");
}

creel_future *
desk_put(desk *d, creel_fn *fn, void *arg)
{
	crl_task *task = crl_task_new(NULL, &(crl_task_spec){.fn = fn, .arg = arg, .holders = 1});

	d->jobs[d->count++] = &task->job;
	return &task->future;
}

void *
desk_run(void *arg)
{
	desk *d = arg;

	crl_runner_run(d->runner);
	crl_runner_put(d->runner);
	return NULL;
}
