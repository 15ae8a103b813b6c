/* SPDX-License-Identifier: MIT */
/*
 * litmus.c: small programs whose outcomes in each memory model are known, for the explorer to be held
 * against. An outcome is a number made of what the threads read, a bit or two each.
 */
#include "models/models.h"
#include "sync/membarrier.h"

static crl_atomic(int) x, y;
static int plain;
static int read_by[4][2];

static void
run_threads(void *(*const fns[])(void *), int n)
{
	int threads[4];

	for (int i = 0; i < n; i++)
		threads[i] = model_go(fns[i], NULL);
	for (int i = 0; i < n; i++)
		model_join(threads[i]);
}

/* Store buffering: each stores to one and reads the other. Both can read 0 unless all is seq_cst. */
#define STORE_BUFFERING(name, order) \
	static void *name##_a(void *arg) \
	{ \
		crl_store(&x, 1, order); \
		read_by[0][0] = crl_load(&y, order); \
		return arg; \
	} \
	static void *name##_b(void *arg) \
	{ \
		crl_store(&y, 1, order); \
		read_by[1][0] = crl_load(&x, order); \
		return arg; \
	} \
	void model_##name(void) \
	{ \
		run_threads((void *(*const[])(void *)){name##_a, name##_b}, 2); \
		model_outcome((unsigned)(read_by[0][0] + 2 * read_by[1][0])); \
	}

STORE_BUFFERING(sb_relaxed, relaxed)
STORE_BUFFERING(sb_seq_cst, seq_cst)

/* One of them stores and loads without any order, the other has a barrier put up in all threads. */
static void *
sb_membarrier_b(void *arg)
{
	crl_store(&y, 1, relaxed);
	MODEL_CHECK(crl_membarrier());
	read_by[1][0] = crl_load(&x, relaxed);
	return arg;
}

void
model_sb_membarrier(void)
{
	run_threads((void *(*const[])(void *)){sb_relaxed_a, sb_membarrier_b}, 2);
	model_outcome((unsigned)(read_by[0][0] + 2 * read_by[1][0]));
}

/* Message passing: the flag is seen, but the message not, unless the order forbids it. */
static void *
send_relaxed(void *arg)
{
	crl_store(&x, 1, relaxed);
	crl_store(&y, 1, relaxed);
	return arg;
}

static void *
receive_relaxed(void *arg)
{
	read_by[1][0] = crl_load(&y, relaxed);
	read_by[1][1] = crl_load(&x, relaxed);
	return arg;
}

void
model_mp_relaxed(void)
{
	run_threads((void *(*const[])(void *)){send_relaxed, receive_relaxed}, 2);
	model_outcome((unsigned)(read_by[1][0] + 2 * read_by[1][1]));
}

static void *
send_release(void *arg)
{
	plain = 1;
	crl_store(&y, 1, release);
	return arg;
}

static void *
receive_acquire(void *arg)
{
	read_by[1][0] = crl_load(&y, acquire);
	read_by[1][1] = read_by[1][0] ? plain : 2;
	return arg;
}

void
model_mp_release(void)
{
	run_threads((void *(*const[])(void *)){send_release, receive_acquire}, 2);
	model_outcome((unsigned)(read_by[1][0] + 2 * read_by[1][1]));
}

/* Coherence: two reads of one location never go back in time. */
static void *
write_twice(void *arg)
{
	crl_store(&x, 1, relaxed);
	crl_store(&x, 2, relaxed);
	return arg;
}

static void *
read_twice(void *arg)
{
	read_by[1][0] = crl_load(&x, relaxed);
	read_by[1][1] = crl_load(&x, relaxed);
	return arg;
}

void
model_corr(void)
{
	run_threads((void *(*const[])(void *)){write_twice, read_twice}, 2);
	model_outcome((unsigned)(read_by[1][0] + 3 * read_by[1][1]));
}

/* Independent reads of independent writes: two readers see two stores in different orders. */
#define IRIW(name, store_order, load_order) \
	static void *name##_a(void *arg) \
	{ \
		crl_store(&x, 1, store_order); \
		return arg; \
	} \
	static void *name##_b(void *arg) \
	{ \
		crl_store(&y, 1, store_order); \
		return arg; \
	} \
	static void *name##_c(void *arg) \
	{ \
		read_by[2][0] = crl_load(&x, load_order); \
		read_by[2][1] = crl_load(&y, load_order); \
		return arg; \
	} \
	static void *name##_d(void *arg) \
	{ \
		read_by[3][0] = crl_load(&y, load_order); \
		read_by[3][1] = crl_load(&x, load_order); \
		return arg; \
	} \
	void model_##name(void) \
	{ \
		run_threads( \
			(void *(*const[])(void *)){name##_a, name##_b, name##_c, name##_d}, 4); \
		model_outcome((unsigned)(read_by[2][0] + 2 * read_by[2][1] + 4 * read_by[3][0] + \
					 8 * read_by[3][1])); \
	}

IRIW(iriw_acquire, release, acquire)
IRIW(iriw_seq_cst, seq_cst, seq_cst)

/* A relaxed read-modify-write goes on with the release sequence of the store before it. */
static void *
add_relaxed(void *arg)
{
	crl_fetch_add(&y, 1, relaxed);
	return arg;
}

static void *
receive_two(void *arg)
{
	read_by[2][0] = crl_load(&y, acquire) == 2;
	read_by[2][1] = read_by[2][0] ? plain : 0;
	return arg;
}

void
model_release_sequence(void)
{
	run_threads((void *(*const[])(void *)){send_release, add_relaxed, receive_two}, 3);
	model_outcome((unsigned)(read_by[2][0] + 2 * read_by[2][1]));
}
