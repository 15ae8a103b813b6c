/* SPDX-License-Identifier: MIT */
/*
 * event.c: an event is a flag that callers wait for; see monitor.h.
 *
 * Invariant  If somebody waits, it is not set.
 */
#include "async/monitor.h"

#include <creel/sync.h>

struct creel_event {
	crl_monitor monitor; /* line 0: who waits until it is set */
	bool set;
};

creel_event *
creel_event_create(void)
{
	return crl_monitor_create(sizeof(creel_event));
}

static creel_status
look(void *object, crl_caller *self)
{
	const creel_event *event = object;

	(void)self;
	return event->set ? CREEL_OK : CREEL_EPENDING;
}

creel_status
creel_event_wait(creel_event *event, creel_duration timeout)
{
	crl_caller self;

	return crl_monitor_wait(event, 0, look, &self, timeout);
}

creel_status
creel_event_set(creel_event *event)
{
	creel_status status = crl_monitor_enter(event);

	if (status != CREEL_OK)
		return status;
	event->set = true;
	crl_serve_all(&event->monitor.lines[0], CREEL_OK);
	crl_monitor_leave(event);
	return CREEL_OK;
}

creel_status
creel_event_clear(creel_event *event)
{
	creel_status status = crl_monitor_enter(event);

	if (status != CREEL_OK)
		return status;
	event->set = false;
	crl_monitor_leave(event);
	return CREEL_OK;
}

bool
creel_event_is_set(const creel_event *event)
{
	bool set;

	if (!crl_monitor_look(event))
		return false;
	set = event->set;
	crl_monitor_look_away(event);
	return set;
}

void
creel_event_destroy(creel_event *event)
{
	crl_monitor_destroy(event);
}
