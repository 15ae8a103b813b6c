/* SPDX-License-Identifier: MIT */
/*
 * subjects.h: what the tests of linear.h specify: a register, a queue and a deque of small numbers;
 * the one history that they are about; and such histories as chance has it.
 */
#ifndef CREEL_TEST_MODEL_SUBJECTS_H
#define CREEL_TEST_MODEL_SUBJECTS_H

#include "model/explorer/linear.h"

#define EMPTY (-1L)

enum { READ, WRITE };      /* of a register, which is 0 at first */
enum { PUSH, POP, STEAL }; /* a deque: STEAL takes the oldest, POP the youngest, or EMPTY */
enum { OTHER = 1, THIRD }; /* threads: 0 owns the deque */

typedef enum subject { REGISTER, QUEUE, DEQUE } subject;

#define SUBJECT_STEPS_MAX 2000000L /* of a check, which makes it some tenths of a second */

extern linear_history history;
extern long subject_steps; /* of the latest check */

/* An empty history. */
void subject_begin(subject);

/* Do it: the result. The state is LINEAR_STATE_MAX bytes, 0 at first. */
long subject_do(subject, void *state, int kind, long arg);

linear_op *call(int thread, int kind, long arg);

/* An operation that is alone while it lasts. */
void whole(int thread, int kind, long arg, long result);

/* Is the history linearizable? With more than SUBJECT_STEPS_MAX steps the test fails. */
bool check(void);

/* The same numbers in every test. */
void random_seed(void);
long random_below(size_t n);

/* Make a linearizable history of n operations: up to 8 threads call, do and return when chance says
 * so. At the end all of them return, or some are left as they are. */
void subject_make(subject, size_t threads, unsigned n, bool leave);

#endif
