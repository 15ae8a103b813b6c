/* SPDX-License-Identifier: MIT */
/*
 * semaphore.c: a semaphore is a number of permits; see monitor.h.
 *
 * Invariant  If somebody waits, there is no permit.
 */
#include "async/monitor.h"

#include "base/context.h"

#include <creel/sync.h>
#include <stdint.h>

struct creel_semaphore {
	crl_monitor monitor; /* line 0: who waits for a permit */
	size_t permits;
	size_t bound; /* so many there may be */
};

static creel_semaphore *
create(size_t permits, size_t bound)
{
	creel_semaphore *semaphore;

	if (permits > PTRDIFF_MAX) {
		crl_report(CREEL_EINVAL, "a semaphore cannot have so many permits");
		return NULL;
	}
	semaphore = crl_monitor_create(sizeof *semaphore);
	if (semaphore != NULL) {
		semaphore->permits = permits;
		semaphore->bound = bound;
	}
	return semaphore;
}

creel_semaphore *
creel_semaphore_create(size_t permits)
{
	return create(permits, PTRDIFF_MAX);
}

creel_semaphore *
creel_semaphore_create_bounded(size_t permits)
{
	return create(permits, permits);
}

static creel_status
take_permit(void *object, crl_caller *self)
{
	creel_semaphore *semaphore = object;

	(void)self;
	if (semaphore->permits == 0)
		return CREEL_EPENDING;
	semaphore->permits--;
	return CREEL_OK;
}

creel_status
creel_semaphore_acquire(creel_semaphore *semaphore, creel_duration timeout)
{
	crl_caller self;

	return crl_monitor_wait(semaphore, 0, take_permit, &self, timeout);
}

/* With the monitor held: one permit more, for whoever waits; false: there would be too many. */
static bool
give_permit(creel_semaphore *semaphore)
{
	crl_caller *first = crl_line_first(&semaphore->monitor.lines[0]);

	if (semaphore->permits == semaphore->bound)
		return false;
	if (first != NULL)
		crl_serve(first, CREEL_OK);
	else
		semaphore->permits++;
	return true;
}

creel_status
creel_semaphore_release(creel_semaphore *semaphore)
{
	creel_status status = crl_monitor_enter(semaphore);
	bool given;

	if (status != CREEL_OK)
		return status;
	given = give_permit(semaphore);
	crl_monitor_leave(semaphore);
	return given ? CREEL_OK
		     : crl_report(CREEL_ESTATE, "the semaphore has all its permits already");
}

size_t
creel_semaphore_value(const creel_semaphore *semaphore)
{
	size_t permits;

	if (!crl_monitor_look(semaphore))
		return 0;
	permits = semaphore->permits;
	crl_monitor_look_away(semaphore);
	return permits;
}

void
creel_semaphore_destroy(creel_semaphore *semaphore)
{
	crl_monitor_destroy(semaphore);
}
