/* SPDX-License-Identifier: MIT */
/* gate.c: a mutex and a condition variable. */
#include "support/gate.h"

void
gate_pass(gate *g)
{
	pthread_mutex_lock(&g->mutex);
	g->arrived++;
	pthread_cond_broadcast(&g->changed);
	while (!g->open)
		pthread_cond_wait(&g->changed, &g->mutex);
	pthread_mutex_unlock(&g->mutex);
}

void
gate_await_arrivals(gate *g, int n)
{
	pthread_mutex_lock(&g->mutex);
	while (g->arrived < n)
		pthread_cond_wait(&g->changed, &g->mutex);
	pthread_mutex_unlock(&g->mutex);
}

int
gate_arrived(gate *g)
{
	int n;

	pthread_mutex_lock(&g->mutex);
	n = g->arrived;
	pthread_mutex_unlock(&g->mutex);
	return n;
}

void
gate_open(gate *g)
{
	pthread_mutex_lock(&g->mutex);
	g->open = true;
	pthread_cond_broadcast(&g->changed);
	pthread_mutex_unlock(&g->mutex);
}

void *
gate_task(void *arg)
{
	gate_pass(arg);
	return arg;
}
