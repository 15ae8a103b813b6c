/* SPDX-License-Identifier: MIT */
/* dump.c: creel_dump(): a snapshot in words, and the circles in it. */
#include "base/context.h"
#include "base/mem.h"
#include "task/snapshot.h"

#include <creel/debug.h>
#include <inttypes.h>

/* So many of the futures of one wait are named. */
#define NAMED 8

static void
write_age(FILE *file, int64_t now, int64_t since)
{
	const int64_t age = now > since ? now - since : 0;

	fprintf(file, "%" PRId64 ".%03" PRId64 " s", age / 1000000000, age / 1000000 % 1000);
}

/* "task 0x... NAME" */
static void
write_task(FILE *file, const crl_seen_task *task)
{
	fprintf(file, "%s %p", task->posted ? "post" : "task", task->id);
	if (task->name[0] != '\0')
		fprintf(file, " \"%s\"", task->name);
}

static void
write_edge(FILE *file, const crl_snapshot *shot, const crl_seen_edge *edge)
{
	if (edge->task != CRL_SEEN_NONE)
		write_task(file, &shot->tasks[edge->task]);
	else
		fprintf(file, "future %p", edge->id);
}

/* Those that it waits for itself; what they stand for is left to the circles. */
static void
write_wait(FILE *file, const crl_snapshot *shot, const crl_seen_wait *wait)
{
	size_t named = 0, direct = 0;

	fprintf(file, "%s", wait->what);
	for (size_t i = wait->edge; i < wait->edge + wait->n_edges; i++) {
		if (!shot->edges[i].direct || direct++ >= NAMED)
			continue;
		fprintf(file, named++ > 0 ? ", " : " ");
		write_edge(file, shot, &shot->edges[i]);
	}
	if (direct > named)
		fprintf(file, " and %zu more", direct - named);
	fprintf(file, ", for ");
	write_age(file, shot->now, wait->since);
}

static const char *
state_of(const crl_seen_task *task)
{
	if (task->lost)
		return "lost by a fork";
	if (!task->begun)
		return "queued";
	return task->wait != CRL_SEEN_NONE ? "suspended" : "running";
}

static void
write_tasks(FILE *file, const crl_snapshot *shot)
{
	for (const crl_seen_task *task = shot->tasks; task < shot->tasks + shot->n.tasks; task++) {
		write_task(file, task);
		fprintf(file, ": %s%s, ", state_of(task), task->asked ? ", asked to end" : "");
		write_age(file, shot->now, task->made);
		fprintf(file, " old\n");
		for (size_t i = task->wait; i != CRL_SEEN_NONE; i = shot->waits[i].next) {
			fprintf(file, "    ");
			write_wait(file, shot, &shot->waits[i]);
			fprintf(file, "\n");
		}
	}
}

static void
write_threads(FILE *file, const crl_snapshot *shot)
{
	for (const crl_seen_wait *wait = shot->waits; wait < shot->waits + shot->n.waits; wait++) {
		if (wait->task != CRL_SEEN_NONE)
			continue;
		fprintf(file, "thread %ld: ", wait->thread);
		write_wait(file, shot, wait);
		fprintf(file, "\n");
	}
}

/*
 * The circles, by a walk in depth. A task on the path remembers by which of its edges the walk has gone on; an
 * edge to a task that is on the path closes a circle.
 */
typedef struct step {
	size_t wait, edge; /* where to look next */
	size_t from;       /* the task before it on the path */
	enum { UNSEEN, ON_PATH, FINISHED } state;
} step;

static void
write_circle(FILE *file, const crl_snapshot *shot, const step *steps, size_t from, size_t to)
{
	size_t task = from;

	fprintf(file, "circle: ");
	write_task(file, &shot->tasks[to]);
	/* Backwards along the path: each is awaited by the next. */
	for (; task != to; task = steps[task].from) {
		fprintf(file, " is awaited by ");
		write_task(file, &shot->tasks[task]);
	}
	fprintf(file, " is awaited by ");
	write_task(file, &shot->tasks[to]);
	fprintf(file, "\n");
}

/* The next task that this one waits for; NONE: there are no more. */
static size_t
next_awaited(const crl_snapshot *shot, step *at)
{
	while (at->wait != CRL_SEEN_NONE) {
		const crl_seen_wait *wait = &shot->waits[at->wait];

		while (at->edge < wait->n_edges) {
			const size_t task = shot->edges[wait->edge + at->edge++].task;

			if (task != CRL_SEEN_NONE)
				return task;
		}
		at->wait = wait->next;
		at->edge = 0;
	}
	return CRL_SEEN_NONE;
}

static void
walk(FILE *file, const crl_snapshot *shot, step *steps, size_t from)
{
	size_t task = from;

	steps[task].state = ON_PATH;
	while (task != CRL_SEEN_NONE) {
		const size_t next = next_awaited(shot, &steps[task]);

		if (next == CRL_SEEN_NONE) {
			steps[task].state = FINISHED;
			task = steps[task].from;
		} else if (steps[next].state == ON_PATH) {
			write_circle(file, shot, steps, task, next);
		} else if (steps[next].state == UNSEEN) {
			steps[next].state = ON_PATH;
			steps[next].from = task;
			task = next;
		}
	}
}

static void
write_circles(FILE *file, const crl_snapshot *shot, step *steps)
{
	for (size_t i = 0; i < shot->n.tasks; i++)
		steps[i] = (step){.wait = shot->tasks[i].wait, .from = CRL_SEEN_NONE};
	for (size_t i = 0; i < shot->n.tasks; i++)
		if (steps[i].state == UNSEEN)
			walk(file, shot, steps, i);
}

static void
write_all(FILE *file, const crl_snapshot *shot, step *steps)
{
	fprintf(file, "creel: %zu tasks, %zu waits\n", shot->n.tasks, shot->n.waits);
	write_tasks(file, shot);
	write_threads(file, shot);
	write_circles(file, shot, steps);
}

creel_status
creel_dump(FILE *file)
{
	crl_snapshot shot;
	step *steps;

	if (file == NULL)
		return crl_report(CREEL_EINVAL, "there is no file to write to");
	if (!crl_snapshot_take(&shot))
		return crl_report(CREEL_ENOMEM, "no memory for what the tasks do");
	if (shot.n.tasks == 0 && shot.n.waits == 0 && !crl_watching()) {
		crl_snapshot_free(&shot);
		return crl_report(CREEL_ESTATE, "creel_debug() has not been asked to list tasks");
	}
	steps = crl_alloc((shot.n.tasks + 1) * sizeof *steps);
	if (steps != NULL)
		write_all(file, &shot, steps);
	crl_free(steps);
	crl_snapshot_free(&shot);
	if (steps == NULL)
		return crl_report(CREEL_ENOMEM, "no memory for what the tasks do");
	if (fflush(file) != 0 || ferror(file))
		return crl_report(CREEL_ESYS, "the file could not be written");
	return CREEL_OK;
}
