/* SPDX-License-Identifier: MIT */
/*
 * snapshot.c: see snapshot.h.
 *
 * Nothing is allocated under the global lock: where there is no room for all, what there is is counted, and it
 * begins again with more. Whose a future is, is found out afterwards, by its address.
 */
#include "task/snapshot.h"

#include "base/clock.h"
#include "base/mem.h"
#include "sync/fork.h"

#include <stdlib.h>
#include <string.h>

/* Gathers of gathers are looked into so deep. */
#define DEEPEST 16

static void
see_task(crl_snapshot *shot, const crl_task *task)
{
	const uint32_t state = crl_future_state(&task->future);
	crl_seen_task *seen = &shot->tasks[shot->n.tasks];

	if (crl_state_final(state) || shot->n.tasks++ >= shot->room.tasks)
		return;
	*seen = (crl_seen_task){.id = &task->future,
		.posted = task->job.letter.flags & CRL_JOB_POSTED,
		.begun = crl_load(&task->extra->begun, relaxed),
		.asked = crl_cancel_requested(&task->cancel),
		.lost = crl_state_inherited(state),
		.made = task->extra->made,
		.wait = CRL_SEEN_NONE};
	memcpy(seen->name, task->extra->name, sizeof seen->name);
}

/* A future, and what it stands for. */
static void
see_edge(crl_snapshot *shot, creel_future *future, unsigned depth)
{
	creel_future *input;

	if (crl_state_final(crl_future_state(future)))
		return;
	if (shot->n.edges < shot->room.edges)
		shot->edges[shot->n.edges] =
			(crl_seen_edge){.id = future, .task = CRL_SEEN_NONE, .direct = depth == 0};
	shot->n.edges++;
	if (future->ops->input == NULL || depth == DEEPEST)
		return;
	for (size_t i = 0; (input = future->ops->input(future, i)) != NULL; i++)
		see_edge(shot, input, depth + 1);
}

/* The future of the task whose fiber this is; NULL: it is none's. */
static const void *
waiting_task(const crl_strand *strand)
{
	if (strand == NULL || strand->owner == NULL)
		return NULL;
	return &CRL_CONTAINER_OF(strand->owner, crl_task_frame, forker)->task->future;
}

static void
see_wait(crl_snapshot *shot, const crl_watched_wait *wait)
{
	const crl_subject *subject = wait->subject;
	const size_t edge = shot->n.edges;

	for (size_t i = 0; subject != NULL && i < subject->n; i++)
		see_edge(shot, subject->futures[i], 0);
	if (shot->n.waits < shot->room.waits)
		shot->waits[shot->n.waits] =
			(crl_seen_wait){.what = subject != NULL ? subject->what : "waits",
				.whose = waiting_task(wait->strand),
				.task = CRL_SEEN_NONE,
				.thread = wait->thread,
				.since = wait->since,
				.edge = edge,
				.n_edges = shot->n.edges - edge,
				.next = CRL_SEEN_NONE};
	shot->n.waits++;
}

/* False: there was no room for all; `n` says how much there is. */
static bool
see_all(crl_snapshot *shot)
{
	shot->n = (crl_seen_counts){0, 0, 0};
	crl_global_lock();
	shot->now = crl_now();
	CRL_LIST_EACH (place, crl_watched_tasks())
		see_task(shot, crl_task_of_watched(place));
	CRL_LIST_EACH (place, crl_watched_waits())
		see_wait(shot, CRL_CONTAINER_OF(place, crl_watched_wait, place));
	crl_global_unlock();
	return shot->n.tasks <= shot->room.tasks && shot->n.waits <= shot->room.waits &&
	       shot->n.edges <= shot->room.edges;
}

/* Room for what there was, and a little more. */
static bool
make_room(crl_snapshot *shot)
{
	const crl_seen_counts n = shot->n;

	crl_snapshot_free(shot);
	shot->room = (crl_seen_counts){
		n.tasks + n.tasks / 8 + 8, n.waits + n.waits / 8 + 8, n.edges + n.edges / 8 + 8};
	shot->tasks = crl_alloc(shot->room.tasks * sizeof *shot->tasks);
	shot->waits = crl_alloc(shot->room.waits * sizeof *shot->waits);
	shot->edges = crl_alloc(shot->room.edges * sizeof *shot->edges);
	return shot->tasks != NULL && shot->waits != NULL && shot->edges != NULL;
}

typedef struct address {
	const void *id;
	size_t task;
} address;

static int
compare(const void *a, const void *b)
{
	const uintptr_t x = (uintptr_t)((const address *)a)->id;
	const uintptr_t y = (uintptr_t)((const address *)b)->id;

	return (x > y) - (x < y);
}

static size_t
find(const address *sorted, size_t n, const void *id)
{
	const address key = {.id = id};
	const address *found = id != NULL ? bsearch(&key, sorted, n, sizeof key, compare) : NULL;

	return found != NULL ? found->task : CRL_SEEN_NONE;
}

/* Say whose the waits and edges are; false: no memory. */
static bool
connect(crl_snapshot *shot)
{
	const size_t n = shot->n.tasks;
	address *sorted = crl_alloc((n + 1) * sizeof *sorted);

	if (sorted == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		sorted[i] = (address){shot->tasks[i].id, i};
	qsort(sorted, n, sizeof *sorted, compare);
	for (size_t i = 0; i < shot->n.edges; i++)
		shot->edges[i].task = find(sorted, n, shot->edges[i].id);
	for (size_t i = shot->n.waits; i-- > 0;) {
		crl_seen_wait *wait = &shot->waits[i];

		wait->task = find(sorted, n, wait->whose);
		if (wait->task == CRL_SEEN_NONE)
			continue;
		wait->next = shot->tasks[wait->task].wait;
		shot->tasks[wait->task].wait = i;
	}
	crl_free(sorted);
	return true;
}

bool
crl_snapshot_take(crl_snapshot *shot)
{
	*shot = (crl_snapshot){0};
	do {
		if (!make_room(shot)) {
			crl_snapshot_free(shot);
			return false;
		}
	} while (!see_all(shot));
	if (connect(shot))
		return true;
	crl_snapshot_free(shot);
	return false;
}

void
crl_snapshot_free(crl_snapshot *shot)
{
	crl_free(shot->tasks);
	crl_free(shot->waits);
	crl_free(shot->edges);
	shot->tasks = NULL;
	shot->waits = NULL;
	shot->edges = NULL;
}
