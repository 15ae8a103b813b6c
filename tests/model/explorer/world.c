/* SPDX-License-Identifier: MIT */
/* world.c: one run: everything as it was, then the first thread, until the end or a finding. */
#include "explorer/world.h"

world_state world;

#define BEGINNING ((int64_t)1000000 * 1000000000)

run_end
world_run(void)
{
	world.run++;
	world.step = 0;
	world.made = 0;
	world.preemptions = 0;
	world.surprised = 0;
	world.now = BEGINNING;
	world.width = world.memory == MEMORY_VIEWS ? THREADS + LOCATIONS : THREADS;
	world.end = RUN_FAILED;
	image_reset();
	locations_reset();
	views_reset();
	heap_reset();
	race_reset();
	report_reset();
	if (world.model->spec != NULL)
		linear_begin(&world.history, world.model->spec);
	thread_start_first();
	return world.end;
}

linear_op *
model_call(int kind, long arg)
{
	linear_op *op = linear_call(&world.history, world.self->id, kind, arg);

	if (op == NULL)
		finding("the history has room for %d operations", LINEAR_MAX);
	return op;
}

void
model_return(linear_op *op, long result)
{
	linear_return(&world.history, op, result);
}

void
model_outcome(unsigned n)
{
	world.outcomes |= UINT64_C(1) << n;
}
