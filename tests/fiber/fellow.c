/* SPDX-License-Identifier: MIT */
/* fellow.c: fibers for tests. */
#include "fiber/fellow.h"

#include <check.h>

crl_stacks cache;
crl_fiber root;

void
setup(void)
{
	crl_stacks_init(&cache, FELLOW_STACK, FELLOW_GUARD);
	crl_fiber_init_thread(&root);
}

void
teardown(void)
{
	crl_fiber_fini(&root);
	crl_stacks_fini(&cache);
}

void
back(fellow *self)
{
	crl_fiber_switch(&self->fiber, &root);
}

void
resume(fellow *worker)
{
	crl_fiber_switch(&root, &worker->fiber);
}

static void
body(void *arg)
{
	fellow *self = arg;

	self->step(self);
	self->done = true;
	for (;;)
		back(self);
}

fellow *
start(void (*step)(fellow *), uint64_t seed)
{
	crl_stack stack;
	fellow *new;

	ck_assert(crl_stacks_get(&cache, &stack));
	new = crl_stack_carve(&stack, sizeof *new);
	ck_assert_ptr_nonnull(new);
	new->step = step;
	new->seed = seed;
	new->result = 0;
	new->done = false;
	crl_fiber_init(&new->fiber, stack, body, new);
	return new;
}

void
finish(fellow *worker)
{
	const crl_stack stack = worker->fiber.stack;

	crl_fiber_fini(&worker->fiber);
	crl_stacks_put(&cache, stack);
}
