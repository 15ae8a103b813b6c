/* SPDX-License-Identifier: MIT */
/* watch.c: the tasks that creel_dump() speaks of, in the order in which they were made; see runner/watch.h. */

#include "base/clock.h"
#include "sync/fork.h"
#include "task/task.h"

/* Guarded by the global lock. */
static crl_list tasks = {&tasks, &tasks};

crl_list *
crl_watched_tasks(void)
{
	return &tasks;
}

crl_task *
crl_task_of_watched(crl_list *place)
{
	return CRL_CONTAINER_OF(place, crl_task_extra, watched)->task;
}

void
crl_task_watch(crl_task *task)
{
	task->extra->task = task;
	task->extra->made = crl_now();
	crl_global_lock();
	crl_list_push_back(&tasks, &task->extra->watched);
	crl_global_unlock();
}

void
crl_task_unwatch(crl_task *task)
{
	if (task->extra->task == NULL)
		return;
	crl_global_lock();
	crl_list_unlink(&task->extra->watched);
	crl_global_unlock();
}
