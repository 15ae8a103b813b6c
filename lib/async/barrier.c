/* SPDX-License-Identifier: MIT */
/*
 * barrier.c: a barrier lets callers go on when so many have come; see monitor.h.
 *
 * The last to come serves all others at once, each with its index, so that the next round can begin before
 * they have gone on: a round that is over has left nothing behind in the barrier.
 *
 * Invariant  Fewer wait than the parties that it takes; nobody, if it is broken.
 */
#include "async/monitor.h"

#include "base/attr.h"
#include "base/context.h"

#include <creel/sync.h>

struct creel_barrier {
	crl_monitor monitor; /* line 0: who waits for the rest */
	size_t parties;
	bool broken;
};

typedef struct party {
	crl_caller caller;
	size_t index; /* in order of arrival, once all are there */
} party;

creel_barrier *
creel_barrier_create(size_t parties)
{
	creel_barrier *barrier;

	if (parties == 0) {
		crl_report(CREEL_EINVAL, "a barrier takes one party at least");
		return NULL;
	}
	barrier = crl_monitor_create(sizeof *barrier);
	if (barrier != NULL)
		barrier->parties = parties;
	return barrier;
}

static party *
of_caller(crl_caller *caller)
{
	return CRL_CONTAINER_OF(caller, party, caller);
}

static creel_status
arrive(void *object, crl_caller *self)
{
	creel_barrier *barrier = object;
	crl_line *line = &barrier->monitor.lines[0];
	crl_caller *first;
	size_t index = 0;

	if (barrier->broken)
		return CREEL_EBROKEN;
	if (line->length + 1 < barrier->parties)
		return CREEL_EPENDING;
	while ((first = crl_line_first(line)) != NULL) {
		of_caller(first)->index = index++;
		crl_serve(first, CREEL_OK);
	}
	of_caller(self)->index = index;
	return CREEL_OK;
}

creel_status
creel_barrier_wait(creel_barrier *barrier, creel_duration timeout, size_t *index)
{
	party self;
	creel_status status = crl_monitor_wait(barrier, 0, arrive, &self.caller, timeout);

	if (status == CREEL_EBROKEN)
		return crl_report(status, "the barrier was aborted or reset");
	if (status == CREEL_OK && index != NULL)
		*index = self.index;
	return status;
}

/* Whoever waits is told that this round will not be. */
static creel_status
end_round(creel_barrier *barrier, bool broken)
{
	creel_status status = crl_monitor_enter(barrier);

	if (status != CREEL_OK)
		return status;
	barrier->broken = broken;
	crl_serve_all(&barrier->monitor.lines[0], CREEL_EBROKEN);
	crl_monitor_leave(barrier);
	return CREEL_OK;
}

creel_status
creel_barrier_reset(creel_barrier *barrier)
{
	return end_round(barrier, false);
}

creel_status
creel_barrier_abort(creel_barrier *barrier)
{
	return end_round(barrier, true);
}

size_t
creel_barrier_parties(const creel_barrier *barrier)
{
	return barrier != NULL ? barrier->parties : 0;
}

size_t
creel_barrier_waiting(const creel_barrier *barrier)
{
	size_t waiting;

	if (!crl_monitor_look(barrier))
		return 0;
	waiting = barrier->monitor.lines[0].length;
	crl_monitor_look_away(barrier);
	return waiting;
}

bool
creel_barrier_broken(const creel_barrier *barrier)
{
	bool broken;

	if (!crl_monitor_look(barrier))
		return false;
	broken = barrier->broken;
	crl_monitor_look_away(barrier);
	return broken;
}

void
creel_barrier_destroy(creel_barrier *barrier)
{
	crl_monitor_destroy(barrier);
}
