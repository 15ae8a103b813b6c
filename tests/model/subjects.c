/* SPDX-License-Identifier: MIT */
/* subjects.c: see subjects.h. A subject is a function that does an operation; a specification
 * compares what it did. */
#include "model/subjects.h"

#include "support/suite.h"

#include <stdint.h>
#include <string.h>

linear_history history;
long subject_steps;

static long
do_register(void *state, int kind, long arg)
{
	long *value = state;

	if (kind == READ)
		return *value;
	*value = arg;
	return 0;
}

/* Oldest first. Of an odd size, and the same in all bytes when the same is in it. */
typedef struct line {
	unsigned char count, items[LINEAR_MAX];
} line;

static long
take(line *l, bool oldest)
{
	unsigned at = oldest ? 0 : l->count - 1U;
	long item;

	if (l->count == 0)
		return EMPTY;
	item = l->items[at];
	l->count--;
	memmove(&l->items[at], &l->items[at + 1], l->count - at);
	l->items[l->count] = 0;
	return item;
}

static long
do_deque(void *state, int kind, long arg)
{
	line *l = state;

	if (kind != PUSH)
		return take(l, kind == STEAL);
	l->items[l->count++] = (unsigned char)arg;
	return 0;
}

static long
do_queue(void *state, int kind, long arg)
{
	return do_deque(state, kind == POP ? STEAL : kind, arg);
}

static void
init(void *state)
{
	(void)state; /* all is 0 already */
}

static bool
agrees(long (*fn)(void *, int, long), void *state, const linear_op *op)
{
	if (++subject_steps > SUBJECT_STEPS_MAX)
		ck_abort_msg("more than %ld steps", SUBJECT_STEPS_MAX);
	return linear_may_return(op, fn(state, op->kind, op->arg));
}

static bool
step_register(void *state, const linear_op *op)
{
	return agrees(do_register, state, op);
}

static bool
step_queue(void *state, const linear_op *op)
{
	return agrees(do_queue, state, op);
}

static bool
step_deque(void *state, const linear_op *op)
{
	return agrees(do_deque, state, op);
}

static const linear_spec specs[] = {
	[REGISTER] = {sizeof(long), init, step_register},
	[QUEUE] = {sizeof(line), init, step_queue},
	[DEQUE] = {sizeof(line), init, step_deque},
};

void
subject_begin(subject s)
{
	linear_begin(&history, &specs[s]);
}

long
subject_do(subject s, void *state, int kind, long arg)
{
	if (s == REGISTER)
		return do_register(state, kind, arg);
	return s == DEQUE ? do_deque(state, kind, arg) : do_queue(state, kind, arg);
}

linear_op *
call(int thread, int kind, long arg)
{
	linear_op *op = linear_call(&history, thread, kind, arg);

	ck_assert_ptr_nonnull(op);
	return op;
}

void
whole(int thread, int kind, long arg, long result)
{
	linear_return(&history, call(thread, kind, arg), result);
}

bool
check(void)
{
	subject_steps = 0;
	return linear_check(&history);
}

#define THREADS_MAX 8

static uint64_t seed;

void
random_seed(void)
{
	seed = 0x9e3779b97f4a7c15;
}

long
random_below(size_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (long)((seed >> 11) % n);
}

typedef struct worker {
	linear_op *op; /* that it is in */
	bool done;     /* and what it does has been done */
	int kind;      /* of the latest one */
	long result;
} worker;

/* A thread of a queue pushes and pops in turn; of a deque, the owner does what it likes. */
static void
call_something(subject s, worker *w, int thread)
{
	if (s == QUEUE)
		w->kind = w->kind == PUSH ? POP : PUSH;
	else
		w->kind = s == DEQUE && thread != 0 ? STEAL : (int)random_below(2);
	w->op = call(thread, w->kind, s == REGISTER ? random_below(3) : (long)history.count + 1);
	w->done = false;
}

void
subject_make(subject s, size_t threads, unsigned n, bool leave)
{
	_Alignas(max_align_t) unsigned char state[LINEAR_STATE_MAX] = {0};
	worker workers[THREADS_MAX] = {{.op = NULL}};
	size_t running = 0;

	subject_begin(s);
	while (history.count < n || (running > 0 && !(leave && random_below(8) == 0))) {
		int thread = (int)random_below(threads);
		worker *w = &workers[thread];

		if (w->op == NULL && history.count < n) {
			call_something(s, w, thread);
			running++;
		} else if (w->op != NULL && !w->done) {
			w->result = subject_do(s, state, w->op->kind, w->op->arg);
			w->done = true;
		} else if (w->op != NULL) {
			linear_return(&history, w->op, w->result);
			w->op = NULL;
			running--;
		}
	}
}
