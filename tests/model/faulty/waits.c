/* SPDX-License-Identifier: MIT */
/* waits.c: sleepers that nobody wakes, or who take anything for the wake-up that they wait for. */
#include "faulty/faulty.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static crl_atomic(int) ready;

static void *
make_ready(void *arg)
{
	pthread_mutex_lock(&mutex);
	crl_store(&ready, 1, relaxed);
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mutex);
	return arg;
}

/* It looks before it has the lock, and not again. */
static void *
wait_early(void *arg)
{
	if (!MENDED && crl_load(&ready, relaxed) != 0)
		return arg;
	pthread_mutex_lock(&mutex);
	if (!MENDED)
		pthread_cond_wait(&cond, &mutex);
	while (MENDED && crl_load(&ready, relaxed) == 0)
		pthread_cond_wait(&cond, &mutex);
	pthread_mutex_unlock(&mutex);
	return arg;
}

void
faulty_wait_early(void)
{
	faulty_two(wait_early, make_ready);
}

/* It looks with the lock, but the store is done without. A wake-up for no reason would mend that. */
static void *
wait_until_ready(void *arg)
{
	pthread_mutex_lock(&mutex);
	while (crl_load(&ready, relaxed) == 0)
		pthread_cond_wait(&cond, &mutex);
	pthread_mutex_unlock(&mutex);
	return arg;
}

static void *
make_ready_unlocked(void *arg)
{
	if (MENDED)
		return make_ready(arg);
	crl_store(&ready, 1, relaxed);
	pthread_cond_signal(&cond);
	return arg;
}

void
faulty_wait_hidden(void)
{
	faulty_two(wait_until_ready, make_ready_unlocked);
}

/* It takes the first wake-up for the right one. */
static void *
wait_once(void *arg)
{
	pthread_mutex_lock(&mutex);
	if (crl_load(&ready, relaxed) == 0)
		pthread_cond_wait(&cond, &mutex);
	while (MENDED && crl_load(&ready, relaxed) == 0)
		pthread_cond_wait(&cond, &mutex);
	MODEL_CHECK(crl_load(&ready, relaxed) == 1);
	pthread_mutex_unlock(&mutex);
	return arg;
}

void
faulty_wait_once(void)
{
	faulty_two(wait_once, make_ready);
}

/* Two wait for different things on one condition variable, and one of them is woken. */
static int turn;

static void *
wait_for_turn(void *arg)
{
	pthread_mutex_lock(&mutex);
	while (turn < model_self())
		pthread_cond_wait(&cond, &mutex);
	turn++;
	if (MENDED)
		pthread_cond_broadcast(&cond);
	else
		pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mutex);
	return arg;
}

void
faulty_wait_one(void)
{
	int threads[3];

	for (int i = 0; i < 3; i++)
		threads[i] = model_go(wait_for_turn, NULL);
	pthread_mutex_lock(&mutex);
	turn = 1;
	if (MENDED)
		pthread_cond_broadcast(&cond);
	else
		pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < 3; i++)
		model_join(threads[i]);
}

void
faulty_wait_unlocked(void)
{
	const int thread = model_go(make_ready, NULL);

	if (MENDED)
		wait_until_ready(NULL);
	else
		pthread_cond_wait(&cond, &mutex);
	model_join(thread);
}

void
faulty_wait_destroyed(void)
{
	const int thread = model_go(wait_until_ready, NULL);

	pthread_mutex_lock(&mutex);
	if (!MENDED)
		pthread_cond_destroy(&cond);
	pthread_mutex_unlock(&mutex);
	make_ready(NULL);
	model_join(thread);
	if (MENDED)
		pthread_cond_destroy(&cond);
}

/* One gives, if the other still waits. When its time is up it does not look what it has been given. */
static bool waits;
static int given, taken;

static void *
take(void *arg)
{
	const struct timespec never = {.tv_sec = 2000000};
	int error = 0;

	pthread_mutex_lock(&mutex);
	waits = true;
	while (given == 0 && error == 0)
		error = pthread_cond_timedwait(&cond, &mutex, &never);
	waits = false;
	if (error == 0 || MENDED)
		taken = given;
	pthread_mutex_unlock(&mutex);
	return arg;
}

static void *
give(void *arg)
{
	pthread_mutex_lock(&mutex);
	given = waits;
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mutex);
	return arg;
}

void
faulty_wait_timeout(void)
{
	faulty_two(take, give);
	MODEL_CHECK(taken == given);
}

/* Nobody waits for its end, and it has none. */
void
faulty_wait_forever(void)
{
	model_go(wait_until_ready, NULL);
	if (MENDED)
		make_ready(NULL);
}

void
faulty_wait_gone(void)
{
	if (MENDED)
		pthread_cond_signal(&cond);
	pthread_cond_destroy(&cond);
	if (!MENDED)
		pthread_cond_signal(&cond);
}
