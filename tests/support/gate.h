/* SPDX-License-Identifier: MIT */
/*
 * gate.h: order without sleeping. Threads and tasks that pass a closed gate block *their thread* there
 * (not a creel wait: a worker at a gate is busy); the test waits until so many have arrived, then
 * opens it, once, for all.
 */
#ifndef CREEL_TEST_GATE_H
#define CREEL_TEST_GATE_H

#include <pthread.h>
#include <stdbool.h>

typedef struct gate {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	int arrived;
	bool open;
} gate;

#define GATE_INIT \
	{ \
		PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, false \
	}

void gate_pass(gate *);                  /* arrive, and block until it is open */
void gate_await_arrivals(gate *, int n); /* block until n have arrived */
int gate_arrived(gate *);
void gate_open(gate *);

/* As a task: gate_pass(arg); returns arg. */
void *gate_task(void *arg);

#endif
