/* SPDX-License-Identifier: MIT */
/*
 * signal.c: signals that a loop listens for. The system's side is here: handlers that are kept, and called by a
 * thread of the model; and a semaphore made of a mutex and a condition variable.
 */
#include "models/models.h"

#include <creel/creel.h>

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

int __wrap_sigaction(int number, const struct sigaction *new, struct sigaction *old);
int __wrap_sem_init(sem_t *semaphore, int shared, unsigned value);
int __wrap_sem_post(sem_t *semaphore);
int __wrap_sem_wait(sem_t *semaphore);

static struct sigaction handlers[NSIG]; /* guarded by the mutex */

/* The one semaphore. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t posted = PTHREAD_COND_INITIALIZER;
static unsigned count;

int
__wrap_sigaction(int number, const struct sigaction *new, struct sigaction *old)
{
	pthread_mutex_lock(&mutex);
	if (old != NULL)
		*old = handlers[number];
	if (new != NULL)
		handlers[number] = *new;
	pthread_mutex_unlock(&mutex);
	return 0;
}

int
__wrap_sem_init(sem_t *semaphore, int shared, unsigned value)
{
	(void)semaphore, (void)shared;
	count = value;
	return 0;
}

int
__wrap_sem_post(sem_t *semaphore)
{
	(void)semaphore;
	pthread_mutex_lock(&mutex);
	count++;
	pthread_cond_signal(&posted);
	pthread_mutex_unlock(&mutex);
	return 0;
}

int
__wrap_sem_wait(sem_t *semaphore)
{
	(void)semaphore;
	pthread_mutex_lock(&mutex);
	while (count == 0)
		pthread_cond_wait(&posted, &mutex);
	count--;
	pthread_mutex_unlock(&mutex);
	return 0;
}

static creel_loop *loop;
static int heard;

static void
raise_it(void)
{
	struct sigaction action;

	sigaction(SIGUSR1, NULL, &action);
	if (action.sa_handler != SIG_DFL)
		action.sa_handler(SIGUSR1);
}

static void *
raise_twice(void *arg)
{
	raise_it();
	raise_it();
	return arg;
}

static void
hear(void *arg)
{
	++*(int *)arg;
}

/* It comes twice, and the loop hears of it once or twice; then it is taken back, however far the
 * second is. */
void
model_signal_loop(void)
{
	creel_loop_options options = CREEL_LOOP_OPTIONS_INIT;
	int thread;

	options.flags = CREEL_LOOP_NO_THREAD;
	options.stack_size = CREEL_STACK_MIN;
	loop = creel_loop_create(&options);
	MODEL_CHECK(creel_loop_add_signal(loop, SIGUSR1, hear, &heard) == CREEL_OK);
	thread = model_go(raise_twice, NULL);
	while (heard == 0)
		creel_loop_run_once(loop, CREEL_FOREVER);
	MODEL_CHECK(creel_loop_remove_signal(loop, SIGUSR1));
	creel_loop_destroy(loop);
	model_join(thread);
	MODEL_CHECK(heard <= 2);
	loop = NULL;
}
