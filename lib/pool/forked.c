/* SPDX-License-Identifier: MIT */
/* forked.c: frames that tasks have forked, as jobs of the workers that take them; see queue/frames.h. */
#include "pool/pool.h"

static crl_job *
as_job(crl_worker *worker, creel_frame *frame)
{
	if (frame == NULL)
		return NULL;
	worker->frame = frame;
	return &worker->forked;
}

crl_job *
crl_pool_take_own_frame(crl_worker *worker)
{
	return as_job(worker, crl_frames_take(&worker->frames, worker->runner));
}

crl_job *
crl_pool_take_frame(creel_pool *pool, crl_worker *worker, unsigned first)
{
	const unsigned reach = crl_pool_reach(pool);
	unsigned victim = first;

	for (unsigned i = 0; i < reach; i++) {
		creel_frame *frame = crl_frames_take(&pool->workers[victim].frames, worker->runner);

		if (frame != NULL)
			return as_job(worker, frame);
		victim = victim + 1 < reach ? victim + 1 : 0;
	}
	return NULL;
}

void
crl_pool_shared(crl_source *source)
{
	crl_pool_rouse(CRL_CONTAINER_OF(source, creel_pool, source));
}

/* It runs, and has frames. */
static crl_forker *
forker_of(void *runner)
{
	return ((crl_runner *)runner)->current->owner;
}

bool
crl_pool_force_frames(creel_pool *pool, const crl_worker *worker)
{
	const unsigned reach = crl_pool_reach(pool);

	for (unsigned i = 0; i < reach; i++) {
		crl_worker *victim = &pool->workers[i];

		if (victim != worker &&
			crl_frames_force(&victim->frames, forker_of, victim->runner))
			return true;
	}
	return false;
}

/* The worker's job is free for another frame at once. */
static void
run(crl_job *job)
{
	creel_frame *frame = CRL_CONTAINER_OF(job, crl_worker, forked)->frame;

	((crl_forker *)frame->owner)->run(frame);
}

const crl_job_ops crl_pool_forked_ops = {.run = run};
