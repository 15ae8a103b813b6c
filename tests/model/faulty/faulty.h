/* SPDX-License-Identifier: MIT */
/*
 * faulty.h: small programs that are wrong in one thing each, to see that the explorer finds it. Each
 * has a twin in which that thing is mended, and which must pass; what differs is said with MENDED.
 * check_explorer.py knows what is to be found.
 */
#ifndef MODEL_FAULTY_H
#define MODEL_FAULTY_H

#include "base/atomic.h"
#include "model.h"

#include <pthread.h>
#include <stdint.h>

/* The twin is what runs. */
extern bool faulty_mended;
#define MENDED (faulty_mended)

/* Two threads, and their end. */
void faulty_two(void *(*first)(void *), void *(*second)(void *));

/* Every program: its names in C and for the explorer, what is wrong, and how it is not a model of bound 2
 * with one surprise. */
#define FAULTY_PROGRAMS(X) \
	/* memory.c */ \
	X(count, "count", "to load and to store is not to add", ) \
	X(race_plain, "race.plain", "two plain writes", ) \
	X(race_atomic, "race.atomic", "a plain write and an atomic read", ) \
	X(used_plain, "used.plain", "it is read after it was let go of", ) \
	X(used_atomic, "used.atomic", "the same with an atomic", ) \
	X(used_lock, "used.lock", "the same with a mutex", ) \
	X(used_unpark, "used.unpark", "who is called frees what the caller still calls with", ) \
	X(used_mapping, "used.mapping", "memory that is not mapped any more", ) \
	X(free_twice, "free.twice", "two find it and free it", ) \
	X(free_other, "free.other", "free of the middle of a block", ) \
	X(bounds, "bounds", "a write past the end", ) \
	X(race_beside, "race.beside", "two plain writes, not beside each other", ) \
	X(used_unmapped, "used.unmapped", "memory that is perhaps not mapped any more", ) \
	X(bounds_tail, "bounds.tail", "a write past the end of a block of twelve", ) \
	X(leak_known, "leak.known", "what only the model still knows", ) \
	X(leak_block, "leak.block", "what one made is forgotten for the other's", ) \
	X(leak_mapping, "leak.mapping", "a mapping that stays", ) \
	/* locks.c */ \
	X(lock_order, "lock.order", "two mutexes in two orders", ) \
	X(lock_twice, "lock.twice", "one mutex twice", ) \
	X(lock_stranger, "lock.stranger", "unlocked by a thread that does not hold it", ) \
	X(lock_held, "lock.held", "destroyed while it is held", ) \
	X(lock_destroyed, "lock.destroyed", "locked after it was destroyed", ) \
	X(lock_late, "lock.late", "perhaps locked after it was destroyed", ) \
	/* waits.c */ \
	X(wait_gone, "wait.gone", "signalled after it was destroyed", ) \
	X(wait_early, "wait.early", "looks before it locks", ) \
	X(wait_hidden, "wait.hidden", \
		"called without the lock, which a wake-up for no reason would hide", ) \
	X(wait_once, "wait.once", "takes a wake-up for no reason for the right one", ) \
	X(wait_one, "wait.one", "one of three is woken, but not the right one", ) \
	X(wait_unlocked, "wait.unlocked", "waits without the mutex", ) \
	X(wait_destroyed, "wait.destroyed", "destroyed while one sleeps on it", ) \
	X(wait_timeout, "wait.timeout", "does not look when its time is up", ) \
	X(wait_forever, "wait.forever", "a thread that has no end", ) \
	/* spins.c */ \
	X(spin_both, "spin.both", "each waits for the other", ) \
	X(spin_busy, "spin.busy", "a loop that does not say that it spins", ) \
	X(spin_alone, "spin.alone", "a loop that shares nothing, and has no end", ) \
	X(cas_weak, "cas.weak", "a weak compare and swap that is tried once", ) \
	/* failures.c */ \
	X(fail_crash, "fail.crash", "looks twice at a pointer", ) \
	X(fail_abort, "fail.abort", "aborts", ) \
	X(fail_malloc, "fail.malloc", "does not see that there is no memory", \
		.failing_alloc = true) \
	X(fail_thread, "fail.thread", "does not see that there is no thread", \
		.failing_alloc = true) \
	X(fail_time, "fail.time", "looks twice at the clock", .passing_time = true) \
	X(fail_room, "fail.room", "more threads than there is room for", ) \
	/* orders.c */ \
	X(order_buffer, "order.buffer", "both find the other not there", ) \
	X(order_flag, "order.flag", "a flag without an order overtakes an atomic", ) \
	X(order_data, "order.data", "a flag without an order overtakes plain data", ) \
	X(order_iriw, "order.iriw", "two see two stores in two orders", ) \
	X(order_two, "order.two", "a flag without an order overtakes two at once", .surprises = 2) \
	X(order_beside, "order.beside", "a swap that is not alone, beside a store that is", ) \
	X(order_joined, "order.joined", "what comes after a join comes too soon", ) \
	/* histories.c */ \
	X(history_cache, "history.cache", "an answer that is known from before", \
		.spec = &faulty_register) \
	X(history_register, "history.register", "two copies, written one after the other", \
		.spec = &faulty_register) \
	X(history_queue, "history.queue", "places that are taken before they are filled", \
		.spec = &faulty_queue)

#define FAULTY_DECLARE(id, name, text, ...) void faulty_##id(void);
FAULTY_PROGRAMS(FAULTY_DECLARE)

extern const linear_spec faulty_register, faulty_queue;

#endif
