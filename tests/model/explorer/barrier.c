/* SPDX-License-Identifier: MIT */
/*
 * barrier.c: membarrier(), a memory barrier in all threads at once. It falls between two operations of each of
 * the others, wherever they are: their stores before it have left the buffers, their loads after it see what
 * was stored before.
 */
#include "explorer/world.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>

long __wrap_syscall(long number, ...);

long
__wrap_syscall(long number, ...)
{
	const operation op = {.kind = OP_BARRIER, .what = "membarrier"};

	if (number != SYS_membarrier)
		finding("a call of the system that the explorer does not know: %ld", number);
	if (world.model->failing_alloc &&
		schedule_value(2, true) != 0) { /* an old system has none */
		errno = ENOSYS;
		return -1;
	}
	schedule(&op);
	tso_drain_all();
	if (world.memory == MEMORY_VIEWS)
		views_join_all();
	trace(&op, "of all threads");
	schedule_executed(&op);
	return 0;
}
