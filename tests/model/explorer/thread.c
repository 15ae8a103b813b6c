/* SPDX-License-Identifier: MIT */
/*
 * thread.c: threads that are stacks, and the switch between them. Thread-locals and errno are exchanged
 * at each switch. The runners of lib/ switch stacks of their own within a thread, which is no
 * business of the explorer's: whatever stack a thread is on when it stops, there it goes on.
 */
#include "explorer/world.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

/* Save the registers that calls preserve on the stack, exchange the stack pointer, take them from there. */
void model_switch(void **from, void *to);
__asm__(".text\n"
	".globl model_switch\n"
	".type model_switch, @function\n"
	"model_switch:\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	".size model_switch, .-model_switch\n");

static void *root; /* the explorer's own stack */

/* The first function on a thread's stack. */
static void
enter(void)
{
	model_thread *self = world.self;

	errno = 0;
	world.step++;
	self->result = self->fn(self->arg);
	sync_keys_end(self);
	schedule_end();
}

model_thread *
thread_make(void *(*fn)(void *), void *arg)
{
	model_thread *t = &world.threads[world.made];
	void **top;

	if (world.made == THREADS)
		finding("the explorer has room for %d threads", THREADS);
	top = (void **)(void *)(thread_stack_top(world.made) - 64);
	top[0] = (void *)(uintptr_t)enter;
	t->id = world.made++;
	t->phase = THREAD_LIVE;
	t->sp = top - 6;
	t->pending = (operation){.kind = OP_NONE};
	t->fn = fn;
	t->arg = arg;
	t->result = NULL;
	t->joined = NULL;
	t->seen_count = 0;
	t->stale = false;
	t->fresh = false;
	t->first = 0;
	t->count = 0;
	memset(t->keys, 0, sizeof t->keys);
	image_reset_tls(t);
	memset(&t->view, 0, sizeof t->view);
	if (world.self != NULL) {
		view_copy(&t->view, &world.self->view);
		world.self->view.at[world.self->id]++;
	}
	t->view.at[t->id] = 1;
	return t;
}

static void *
first(void *arg)
{
	world.model->run();
	return arg;
}

void
thread_start_first(void)
{
	model_thread *t;

	world.self = NULL;
	t = thread_make(first, NULL);
	world.self = t;
	world.last = 0;
	image_swap_tls(NULL, t);
	model_switch(&root, t->sp);
	world.self = NULL;
}

void
thread_switch(model_thread *to)
{
	model_thread *from = world.self;

	from->saved_errno = errno;
	image_swap_tls(from, to);
	world.self = to;
	model_switch(&from->sp, to->sp);
	errno = from->saved_errno;
}

void
world_leave(run_end end)
{
	void *nowhere;

	world.end = end;
	model_switch(&nowhere, root);
	__builtin_unreachable();
}

static void
join(model_thread *t)
{
	const operation op = {.kind = OP_JOIN, .what = "join"};

	tso_drain();
	world.self->joined = t;
	schedule(&op);
	while (t->count > 0)
		tso_flush(t->id);
	view_join(&world.self->view, &t->view);
	trace(&op, "thread %d", t->id);
	schedule_executed(&op);
}

int
model_go(void *(*fn)(void *), void *arg)
{
	tso_drain();
	return thread_make(fn, arg)->id;
}

void
model_join(int id)
{
	join(&world.threads[id]);
}

int
model_self(void)
{
	return world.self->id;
}

/* What the checked code calls. A pthread_t is the thread's number plus one. */
int model_pthread_create(pthread_t *id, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);
int __wrap_pthread_join(pthread_t id, void **result);
int __wrap_pthread_detach(pthread_t id);
pthread_t __wrap_pthread_self(void);

int
model_pthread_create(pthread_t *id, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	(void)attr;
	if (world.model->failing_alloc && schedule_value(2, true) != 0)
		return EAGAIN;
	race_access((uintptr_t)id, sizeof *id, ACCESS_WRITE, NULL, __builtin_return_address(0));
	*id = (pthread_t)model_go(fn, arg) + 1;
	return 0;
}

int
__wrap_pthread_join(pthread_t id, void **result)
{
	join(&world.threads[id - 1]);
	if (result != NULL)
		*result = world.threads[id - 1].result;
	return 0;
}

int
__wrap_pthread_detach(pthread_t id)
{
	(void)id;
	return 0;
}

pthread_t
__wrap_pthread_self(void)
{
	return (pthread_t)world.self->id + 1;
}
