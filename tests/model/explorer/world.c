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
	sync_reset();
	report_reset();
	if (world.model->spec != NULL)
		linear_begin(&world.history, world.model->spec);
	thread_start_first();
	return world.end;
}

/*
 * What came first in real time is a matter of order like any other: that an operation begins is a step,
 * which commutes with other beginnings, but not with the end of one. The end needs no point of choice:
 * that others go on before it only gives them less to be held to.
 */
linear_op *
model_call(int kind, long arg)
{
	const operation begins = {
		.kind = OP_LOAD, .at = location_of(&world.history), .what = "call"};
	linear_op *op;

	schedule(&begins);
	op = linear_call(&world.history, world.self->id, kind, arg);
	if (op == NULL)
		finding("the history has room for %d operations", LINEAR_MAX);
	trace(&begins, "kind %d, argument %ld", kind, arg);
	schedule_executed(&begins);
	return op;
}

void
model_return(linear_op *op, long result)
{
	const operation ends = {
		.kind = OP_STORE, .at = location_of(&world.history), .what = "return"};

	linear_return(&world.history, op, result);
	trace(&ends, "kind %d, result %ld", op->kind, result);
	schedule_executed(&ends);
}

void
model_outcome(unsigned n)
{
	world.outcomes |= UINT64_C(1) << n;
}
