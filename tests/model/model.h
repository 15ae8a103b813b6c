/* SPDX-License-Identifier: MIT */
/*
 * model.h: what a model is written with; README.md says how.
 *
 * A model is a small program, built like lib/ for the explorer: its threads are pthreads, its atomics
 * those of base/atomic.h, its memory malloc's. The explorer runs it again and again, each time with
 * other choices of who runs next. Nothing else may differ between two runs: no addresses in
 * decisions, no time, no files.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "explorer/linear.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct model {
	const char *name;
	const char *text;  /* what is checked, in a line */
	void (*run)(void); /* the first thread */
	int bound;         /* preemptions at which it can be exhausted in about a minute; */
	int surprises;     /* the same for stale reads, failing weak CAS, spurious wake-ups */
	bool failing_alloc; /* a surprise may also be an allocation, a thread, a mapping that fails */
	bool passing_time; /* a surprise may also be time that passes while the clock is read */
	bool must_fail; /* it is wrong, to see that it is found, in one of the memories at least */
	const linear_spec *spec; /* of the history that the run leaves; NULL: it keeps none */
	uint64_t outcomes
		[3]; /* litmus tests: what model_outcome() says in sc, tso, views: no more, no less */
} model;

/* All models, in the order of their listing; ends with one without a name. */
extern const model model_list[];

/* Say that the run has gone wrong; does not return. */
void model_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4), noreturn));

#define MODEL_CHECK(condition) \
	((condition) ? (void)0 : model_fail(__FILE__, __LINE__, "not true: %s", #condition))

/* Begin fn(arg) on a thread of its own; returns its number. Unlike pthread_create() it cannot fail. */
int model_go(void *(*fn)(void *), void *arg);

/* Wait for its end. */
void model_join(int thread);

/* The number of the calling thread; the first is 0. */
int model_self(void);

/* One of n ways to go on, all of which are explored: 0 to n - 1. */
unsigned model_choose(unsigned n);

/* This run has come to outcome n of 64. */
void model_outcome(unsigned n);

/* Give something a name in traces. */
void model_name(const void *address, const char *name);

/* Keep the history of what the threads do, for model.spec. */
linear_op *model_call(int kind, long arg);
void model_return(linear_op *op, long result);

#endif
