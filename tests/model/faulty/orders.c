/* SPDX-License-Identifier: MIT */
/* orders.c: what goes wrong only where memory is not sequentially consistent. */
#include "faulty/faulty.h"

static crl_atomic(int) x, y, z;
static int plain;

/* The order of an access is part of its name, so the twins have accesses of their own. */
#define LOAD(p, weak, strong) (MENDED ? crl_load(p, strong) : crl_load(p, weak))
#define STORE(p, weak, strong) (MENDED ? crl_store(p, 1, strong) : crl_store(p, 1, weak))

/* Dekker: each says that it is there, then looks for the other. */
static crl_atomic(int) inside;

static void
enter_if_alone(crl_atomic(int) * mine, crl_atomic(int) * other)
{
	STORE(mine, release, seq_cst);
	if (LOAD(other, acquire, seq_cst) == 0)
		crl_fetch_add(&inside, 1, relaxed);
}

static void *
enter_first(void *arg)
{
	enter_if_alone(&x, &y);
	return arg;
}

static void *
enter_second(void *arg)
{
	enter_if_alone(&y, &x);
	return arg;
}

void
faulty_order_buffer(void)
{
	faulty_two(enter_first, enter_second);
	MODEL_CHECK(crl_load(&inside, relaxed) < 2);
}

/* A flag, and what it stands for, which is an atomic, too. */
static void *
send(void *arg)
{
	crl_store(&x, 1, relaxed);
	STORE(&y, relaxed, release);
	return arg;
}

static void *
receive(void *arg)
{
	if (LOAD(&y, relaxed, acquire) == 1)
		MODEL_CHECK(crl_load(&x, relaxed) == 1);
	return arg;
}

void
faulty_order_flag(void)
{
	faulty_two(send, receive);
}

/* To see neither of two is a surprise twice. */
static void *
send_two(void *arg)
{
	crl_store(&x, 1, relaxed);
	crl_store(&z, 1, relaxed);
	STORE(&y, relaxed, release);
	return arg;
}

static void *
receive_two(void *arg)
{
	if (LOAD(&y, relaxed, acquire) == 1)
		MODEL_CHECK(crl_load(&x, relaxed) == 1 || crl_load(&z, relaxed) == 1);
	return arg;
}

void
faulty_order_two(void)
{
	faulty_two(send_two, receive_two);
}

/* The same with plain data, which is a data race in any memory. */
static void *
send_data(void *arg)
{
	plain = 1;
	STORE(&y, relaxed, release);
	return arg;
}

static void *
receive_data(void *arg)
{
	if (LOAD(&y, relaxed, acquire) == 1)
		MODEL_CHECK(plain == 1);
	return arg;
}

void
faulty_order_data(void)
{
	faulty_two(send_data, receive_data);
}

/* Two see two stores in different orders. */
static int first_seen[2];

static void *
store_x(void *arg)
{
	STORE(&x, release, seq_cst);
	return arg;
}

static void *
store_y(void *arg)
{
	STORE(&y, release, seq_cst);
	return arg;
}

static void *
see(void *arg)
{
	const int me = model_self() - 3;
	crl_atomic(int) *const first = me == 0 ? &x : &y, *const second = me == 0 ? &y : &x;

	if (LOAD(first, acquire, seq_cst) == 1 && LOAD(second, acquire, seq_cst) == 0)
		first_seen[me] = 1;
	return arg;
}

void
faulty_order_iriw(void)
{
	void *(*const fns[])(void *) = {store_x, store_y, see, see};
	int threads[4];

	for (int i = 0; i < 4; i++)
		threads[i] = model_go(fns[i], NULL);
	for (int i = 0; i < 4; i++)
		model_join(threads[i]);
	MODEL_CHECK(!first_seen[0] || !first_seen[1]);
}

/* The store to the neighbour of x is nobody else's, which must not hide that the swap is. */
static struct {
	crl_atomic(int) own, shared;
} neighbours __attribute__((aligned(8)));
static bool swapped;

static void *
swap_shared(void *arg)
{
	int none = 0;

	swapped = crl_cas(&neighbours.shared, &none, 5, relaxed, relaxed);
	crl_store(&neighbours.own, 1, relaxed);
	return arg;
}

static void *
add_shared(void *arg)
{
	if (!MENDED)
		crl_fetch_add(&neighbours.shared, 1, acq_rel);
	return arg;
}

void
faulty_order_beside(void)
{
	faulty_two(swap_shared, add_shared);
	MODEL_CHECK(swapped);
}

/* The store of the first is nobody else's, and nobody has to wait for it. */
static bool changed_between;

static void *
store_own(void *arg)
{
	crl_store(&z, 1, relaxed);
	return arg;
}

static void *
look_twice(void *arg)
{
	const int before = crl_load(&x, relaxed);

	changed_between = !MENDED && before != crl_load(&x, relaxed);
	return arg;
}

void
faulty_order_joined(void)
{
	const int own = model_go(store_own, NULL), twice = model_go(look_twice, NULL);

	model_join(own);
	crl_store(&x, 1, seq_cst);
	model_join(twice);
	MODEL_CHECK(!changed_between);
}
