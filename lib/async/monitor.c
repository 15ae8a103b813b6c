/* SPDX-License-Identifier: MIT */
/* monitor.c: see monitor.h. */
#include "async/monitor.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
#include "base/mem.h"
#include "base/process.h"

#include <stdint.h>

void *
crl_monitor_create(size_t size)
{
	crl_monitor *monitor = crl_zalloc(size);

	if (monitor == NULL) {
		crl_report(CREEL_ENOMEM, "no memory for an object to wait at");
		return NULL;
	}
	monitor->generation = crl_generation();
	monitor->refs = 1;
	crl_mutex_init(&monitor->lock, CRL_RANK_MONITOR);
	for (int i = 0; i < CRL_MONITOR_LINES; i++)
		crl_list_init(&monitor->lines[i].callers);
	return monitor;
}

static bool
is_inherited(const crl_monitor *monitor)
{
	return crl_unlikely(monitor->generation != crl_generation());
}

creel_status
crl_monitor_enter(void *object)
{
	crl_monitor *monitor = object;

	if (monitor == NULL)
		return crl_report(CREEL_EINVAL, "the object is NULL");
	if (is_inherited(monitor))
		return crl_report(CREEL_ECLOSED, "the object was made before a fork");
	crl_mutex_lock(&monitor->lock);
	return CREEL_OK;
}

void
crl_monitor_leave(void *object)
{
	crl_monitor *monitor = object;

	crl_mutex_unlock(&monitor->lock);
}

static crl_monitor *
writable(const crl_monitor *monitor)
{
	return (crl_monitor *)(uintptr_t)monitor;
}

bool
crl_monitor_look(const void *object)
{
	const crl_monitor *monitor = object;

	if (monitor == NULL || is_inherited(monitor))
		return false;
	crl_mutex_lock(&writable(monitor)->lock);
	return true;
}

void
crl_monitor_look_away(const void *object)
{
	const crl_monitor *monitor = object;

	crl_mutex_unlock(&writable(monitor)->lock);
}

void
crl_line_join(crl_line *line, crl_caller *caller)
{
	crl_list_push_back(&line->callers, &caller->place);
	line->length++;
	caller->line = line;
}

void
crl_line_leave(crl_caller *caller)
{
	crl_list_unlink(&caller->place);
	caller->line->length--;
	caller->line = NULL;
}

crl_caller *
crl_line_first(const crl_line *line)
{
	return line->length > 0 ? CRL_CONTAINER_OF(line->callers.next, crl_caller, place) : NULL;
}

void
crl_serve(crl_caller *caller, creel_status answer)
{
	crl_line_leave(caller);
	caller->answer = answer;
	crl_waker_wake(&caller->waiter.waker);
}

void
crl_serve_all(crl_line *line, creel_status answer)
{
	crl_caller *caller;

	while ((caller = crl_line_first(line)) != NULL)
		crl_serve(caller, answer);
}

void
crl_monitor_ref(void *object)
{
	crl_monitor *monitor = object;

	monitor->refs++;
}

void
crl_monitor_unref(void *object)
{
	crl_monitor *monitor = object;
	const bool last = --monitor->refs == 0;

	crl_mutex_unlock(&monitor->lock);
	if (!last)
		return;
	crl_mutex_fini(&monitor->lock);
	crl_free(monitor);
}

bool
crl_monitor_close(void *object)
{
	crl_monitor *monitor = object;

	if (monitor == NULL)
		return false;
	if (is_inherited(monitor)) {
		crl_free(monitor);
		return false;
	}
	crl_mutex_lock(&monitor->lock);
	monitor->destroyed = true;
	for (int i = 0; i < CRL_MONITOR_LINES; i++)
		crl_serve_all(&monitor->lines[i], CREEL_ECLOSED);
	return true;
}

void
crl_monitor_destroy(void *object)
{
	if (crl_monitor_close(object))
		crl_monitor_unref(object);
}

/* With the mutex held, which is let go of meanwhile: wait in the line, where the caller stands. */
static creel_status
wait_in_line(crl_monitor *monitor, crl_caller *self, int64_t deadline)
{
	crl_mutex_unlock(&monitor->lock);
	crl_waiter_wait(&self->waiter, deadline);
	crl_mutex_lock(&monitor->lock);
	if (crl_waiter_done(&self->waiter))
		return self->answer;
	crl_line_leave(self);
	return crl_waiter_interrupted(&self->waiter);
}

creel_status
crl_monitor_wait(
	void *object, unsigned line, crl_attempt *attempt, crl_caller *self, creel_duration timeout)
{
	crl_monitor *monitor = object;
	creel_status status;

	if (timeout < 0)
		return crl_report(CREEL_EINVAL, "the timeout is negative");
	if ((status = crl_monitor_enter(monitor)) != CREEL_OK)
		return status;
	status = attempt(object, self);
	if (status != CREEL_EPENDING || timeout == 0) {
		crl_mutex_unlock(&monitor->lock);
		if (status == CREEL_EPENDING)
			status = crl_waiter_poll();
		return crl_monitor_report(status);
	}
	crl_monitor_ref(monitor); /* from here on destroy() leaves the object to this call */
	crl_mutex_unlock(&monitor->lock);
	status = crl_waiter_prepare(&self->waiter);
	crl_mutex_lock(&monitor->lock);
	/* It may be there by now. */
	if (status == CREEL_OK)
		status = monitor->destroyed ? CREEL_ECLOSED : attempt(object, self);
	if (status == CREEL_EPENDING) {
		crl_line_join(&monitor->lines[line], self);
		status = wait_in_line(monitor, self, crl_deadline(timeout));
	}
	crl_monitor_unref(monitor);
	return crl_monitor_report(status);
}

creel_status
crl_monitor_report(creel_status status)
{
	if (status == CREEL_ECLOSED)
		return crl_report(status, "what was waited for was shut down or destroyed");
	return crl_waiter_report(status);
}
