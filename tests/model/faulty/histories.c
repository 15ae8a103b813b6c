/* SPDX-License-Identifier: MIT */
/* histories.c: objects whose operations are not done at one moment. */
#include "faulty/faulty.h"

enum { PUT, GET };

/* A register of two copies, which are written one after the other. */
static bool
step_register(void *state, const linear_op *op)
{
	long *value = state;

	if (op->kind == GET)
		return linear_may_return(op, *value);
	*value = op->arg;
	return true;
}

static void
init(void *state)
{
	(void)state; /* all is 0 */
}

const linear_spec faulty_register = {sizeof(long), init, step_register};

static crl_atomic(long) copies[2];

static void *
write_copies(void *arg)
{
	linear_op *op = model_call(PUT, 1);

	crl_store(&copies[0], 1, seq_cst);
	crl_store(&copies[1], 1, seq_cst);
	model_return(op, 0);
	return arg;
}

static void *
read_copies(void *arg)
{
	for (int i = 0; i < 2; i++) {
		linear_op *op = model_call(GET, 0);

		model_return(op, crl_load(&copies[MENDED ? 0 : i], seq_cst));
	}
	return arg;
}

void
faulty_history_register(void)
{
	faulty_two(write_copies, read_copies);
}

/* A queue whose places are taken before they are filled. Who gets looks at the first place. */
typedef struct line {
	long items[4];
	long first, last;
} line;

static bool
step_queue(void *state, const linear_op *op)
{
	line *l = state;

	if (op->kind == GET)
		return linear_may_return(op, l->first < l->last ? l->items[l->first++] : 0);
	l->items[l->last++] = op->arg;
	return true;
}

const linear_spec faulty_queue = {sizeof(line), init, step_queue};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static crl_atomic(long) places[4], last;

static void
put(long item)
{
	linear_op *op = model_call(PUT, item);

	if (MENDED)
		pthread_mutex_lock(&mutex);
	crl_store(&places[crl_fetch_add(&last, 1, acq_rel)], item, release);
	if (MENDED)
		pthread_mutex_unlock(&mutex);
	model_return(op, 0);
}

static void *
put_one(void *arg)
{
	put(1);
	return arg;
}

static void *
put_and_get(void *arg)
{
	linear_op *op;
	long got;

	put(2);
	op = model_call(GET, 0);
	if (MENDED)
		pthread_mutex_lock(&mutex);
	got = crl_load(&places[0], acquire);
	if (MENDED)
		pthread_mutex_unlock(&mutex);
	model_return(op, got);
	return arg;
}

void
faulty_history_queue(void)
{
	faulty_two(put_one, put_and_get);
}

/* Who has read once does not read again. */
static void *
put_copy(void *arg)
{
	linear_op *op = model_call(PUT, 1);

	crl_store(&copies[0], 1, seq_cst);
	model_return(op, 0);
	return arg;
}

static void *
read_once(void *arg)
{
	linear_op *op = model_call(GET, 0);
	const long got = crl_load(&copies[0], seq_cst);

	model_return(op, got);
	op = model_call(GET, 0);
	model_return(op, MENDED ? crl_load(&copies[0], seq_cst) : got);
	return arg;
}

void
faulty_history_cache(void)
{
	faulty_two(put_copy, read_once);
}
