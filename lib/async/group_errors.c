/* SPDX-License-Identifier: MIT */
/* group_errors.c: what a group's children, and its body, have failed with; see group.h. */
#include "async/group.h"

#include "base/context.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/process.h"

#include <stdarg.h>
#include <stdint.h>

static crl_child *
of_failed(crl_list *place)
{
	return CRL_CONTAINER_OF(place, crl_child, failed);
}

void
crl_group_look(creel_group *group)
{
	CRL_LIST_EACH (place, &group->failed) {
		creel_future *future = of_failed(place)->future;

		crl_future_look(future, crl_future_state(future));
	}
}

void
crl_group_read_errors(creel_group *group, creel_group_error out[], size_t n)
{
	size_t i = 0;

	CRL_LIST_EACH (place, &group->failed) {
		const crl_child *child = of_failed(place);

		if (i == n)
			return;
		out[i++] = (creel_group_error){.error = creel_future_error(child->future),
			.name = crl_task_name(child->future),
			.tag = child->tag,
			.index = child->index};
	}
}

size_t
creel_group_errors(creel_group *group, creel_group_error out[], size_t n)
{
	size_t failures;

	if (group == NULL || group->generation != crl_generation())
		return 0;
	crl_mutex_lock(&group->lock);
	failures = group->failures;
	if (out != NULL)
		crl_group_read_errors(group, out, n);
	crl_mutex_unlock(&group->lock);
	return failures;
}

/* A record of the body's own failure; without memory it is the one that stands for that. */
static crl_child *
make_record(
	creel_group *group, const char *file, int line, int code, const char *format, va_list args)
{
	crl_child *record = crl_alloc(sizeof *record);
	const creel_error *error;

	if (record == NULL)
		return &group->no_memory;
	error = crl_error_vnew(file, line, code, format, args);
	*record = (crl_child){.group = group, .future = creel_future_create(), .index = SIZE_MAX};
	if (!crl_future_complete(record->future, CRL_ERROR, (void *)(uintptr_t)error))
		crl_error_free(error); /* the future is the one of no memory */
	return record;
}

/* Add it, and abort; false: the group has ended. */
static bool
fail(creel_group *group, crl_child *record)
{
	bool open, sweeps;

	crl_mutex_lock(&group->lock);
	group->refs++;
	open = !group->ended;
	sweeps = open && !group->aborting && !(group->flags & CREEL_GROUP_GO_ON);
	if (open && !record->has_failed)
		crl_group_add_error(group, record);
	if (sweeps)
		crl_group_abort(group, group->body != crl_task_self());
	crl_mutex_unlock(&group->lock);
	if (sweeps)
		crl_group_sweep(group, NULL);
	crl_mutex_lock(&group->lock);
	crl_group_unlock_unref(group);
	return open;
}

static creel_status
vfail(const char *file, int line, creel_group *group, int code, const char *format, va_list args)
{
	creel_status status = crl_group_check(group, group);
	crl_child *record;

	if (status != CREEL_OK)
		return status;
	if (code == CREEL_ECANCELLED)
		return creel_group_cancel(group);
	record = make_record(group, file, line, code, format, args);
	if (fail(group, record))
		return CREEL_OK;
	crl_future_look(record->future, crl_future_state(record->future));
	creel_future_unref(record->future);
	if (record != &group->no_memory)
		crl_free(record);
	return crl_report(CREEL_ECLOSED, "the group has ended");
}

creel_status
creel_group_fail_at(
	const char *file, int line, creel_group *group, int code, const char *format, ...)
{
	creel_status status;
	va_list args;

	va_start(args, format);
	status = vfail(file, line, group, code, format, args);
	va_end(args);
	return status;
}

creel_status(creel_group_fail)(creel_group *group, int code, const char *format, ...)
{
	creel_status status;
	va_list args;

	va_start(args, format);
	status = vfail(NULL, 0, group, code, format, args);
	va_end(args);
	return status;
}
