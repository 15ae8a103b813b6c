/* SPDX-License-Identifier: MIT */
/* test_waits_memory.c: threads that have no memory to wait with: they are told so, and leave nothing behind. */
#include "async/waits.h"
#include "support/counting.h"
#include "support/faults.h"
#include "support/suite.h"

#include <pthread.h>

typedef struct call {
	const wait_kind *kind;
	void *object;
	creel_status status, poll;
} call;

/* On a thread that has never waited before. */
static void *
wait_without_memory(void *arg)
{
	call *c = arg;

	fault_arm(FAULT_MALLOC, 1, true);
	c->status = c->kind->wait(c->object, CREEL_FOREVER);
	fault_disarm();
	c->poll = c->kind->wait(c->object, 0);
	return NULL;
}

/* 0.2 "Allocation failure": a wait at a lock, a queue and their like says so, and takes nothing */
START_TEST(no_memory_to_wait_with)
{
	ck_assert_int_eq(creel_set_allocator(&counting_allocator), CREEL_OK);
	EACH_WAIT(kind)
	{
		const int before = counting_blocks();
		call c = {.kind = kind, .object = kind->make()};
		pthread_t thread;

		pthread_create(&thread, NULL, wait_without_memory, &c);
		pthread_join(thread, NULL);
		ck_wait(kind, c.status, CREEL_ENOMEM);
		ck_wait(kind, c.poll, CREEL_ETIMEDOUT);
		kind->give(c.object);
		kind->destroy(c.object);
		ck_assert_msg(counting_blocks() == before, "%s: a block is left", kind->name);
	}
}
END_TEST

CREEL_SUITE("creel.async.waits_memory", no_memory_to_wait_with)
