/* SPDX-License-Identifier: MIT */
/* group_submit.c: children come into a group, and leave it without having ended; see group.h. */
#include "async/group.h"

#include "async/combine.h"
#include "base/clock.h"
#include "base/context.h"
#include "base/error.h"
#include "base/mem.h"
#include "task/await.h"

#include <stdint.h>

/* What every child's task runs: so a child is known by its function. */
static void *
run_child(void *arg)
{
	crl_child *child = arg;

	return child->fn(child->arg);
}

static void
drop_arg(void *arg)
{
	crl_child *child = arg;

	child->arg_drop(child->arg);
}

bool
crl_group_is_child(const creel_group *group)
{
	const crl_task_frame *self = crl_task_self();
	const crl_child *child;

	if (self == NULL || self->task->fn != run_child)
		return false;
	child = self->task->arg;
	return child->group == group && !child->detached;
}

/* With the lock held: the child has a place. Without a record (NULL) it will have failed by that. */
static const creel_error *
come_in(creel_group *group, crl_child *child)
{
	if (child != NULL) {
		group->refs++;
		child->index = group->next_index++;
	}
	return NULL;
}

/* With the lock held: may a child come in? NULL: it has; crl_error_full: it would have to wait. */
static const creel_error *
try_enter(creel_group *group, crl_child *child)
{
	const bool is_room = group->limit == 0 ||
			     (group->pending < group->limit && crl_list_empty(&group->submitters));

	if (group->aborting || group->ended)
		return &crl_error_group_ended;
	if (!is_room && !crl_group_is_child(group))
		return &crl_error_full;
	group->pending++;
	return come_in(group, child);
}

/* With the lock held: what became of the wait for a place? */
static const creel_error *
conclude(creel_group *group, crl_child *child, creel_status status, bool admitted)
{
	if (status == CREEL_OK)
		return admitted ? come_in(group, child) : &crl_error_group_ended;
	if (status == CREEL_ECANCELLED)
		crl_await_restore_request();
	else /* its scope has ended, which is told */
		crl_waiter_report(status);
	return &crl_error_cancelled;
}

/* Wait for a place. As try_enter(). */
static const creel_error *
wait_enter(creel_group *group, crl_child *child)
{
	crl_visitor self = {.admitted = false};
	const creel_error *refused;
	creel_status status = crl_waiter_prepare(&self.waiter);

	if (status != CREEL_OK)
		return status == CREEL_ENOMEM ? &crl_error_no_memory : &crl_error_no_wait;
	crl_mutex_lock(&group->lock);
	group->refs++;
	refused = try_enter(group, child);
	if (refused == &crl_error_full) {
		status = crl_group_wait(group, &group->submitters, &self, CRL_NEVER);
		refused = conclude(group, child, status, self.admitted);
	}
	crl_group_unlock_unref(group);
	return refused;
}

static const creel_error *
enter(creel_group *group, crl_child *child, bool may_wait)
{
	const creel_error *refused;
	bool expired;

	crl_mutex_lock(&group->lock);
	expired = crl_group_expire(group);
	refused = try_enter(group, child);
	crl_mutex_unlock(&group->lock);
	if (expired)
		crl_group_sweep(group, NULL);
	return refused == &crl_error_full && may_wait ? wait_enter(group, child) : refused;
}

/* The future of what was not let in. */
static creel_future *
refuse(const creel_error *error, const crl_task_spec *spec)
{
	creel_future *future;

	if (error == &crl_error_no_memory)
		return crl_task_refuse_unmade(spec);
	if (spec->options != NULL)
		crl_call_inhibited(spec->options->arg_drop, spec->arg);
	future = crl_combine_failed(error);
	if (error == &crl_error_group_ended) /* what ended the group is told by it */
		crl_future_look(future, crl_future_state(future));
	return future;
}

/* There is no memory for the record of a child that was let in: it has failed by that. */
static creel_future *
fail_without_record(creel_group *group, const crl_task_spec *spec)
{
	bool fails;

	crl_mutex_lock(&group->lock);
	group->pending--;
	if (!group->no_memory.has_failed)
		crl_group_add_error(group, &group->no_memory);
	fails = !(group->flags & CREEL_GROUP_GO_ON) && !group->aborting;
	if (fails)
		crl_group_abort(group, true);
	crl_group_after_end(group);
	crl_mutex_unlock(&group->lock);
	if (fails)
		crl_group_sweep(group, NULL);
	return refuse(&crl_error_no_memory, spec);
}

/* Make the child's task; its future, with a reference for the caller. */
static creel_future *
start(creel_group *group, crl_child *child, const crl_task_spec *spec)
{
	creel_task_options options;
	crl_task_spec task = {.fn = run_child,
		.arg = child,
		.options = spec->options,
		.holders = 1,
		.only_try = spec->only_try};

	if (spec->options != NULL && spec->options->arg_drop != NULL) {
		options = *spec->options;
		options.arg_drop = drop_arg;
		child->arg_drop = spec->options->arg_drop;
		task.options = &options;
	}
	return group->loop != NULL ? crl_task_create(group->loop, &task)
				   : crl_task_submit(group->pool, &task);
}

static void
wake_child(crl_waker *waker)
{
	crl_group_child_ended(CRL_CONTAINER_OF(waker, crl_child, waker));
}

static crl_wake *const by_child = wake_child;

/* The child has a future: from now on it can be asked to end, and does end. */
static void
attach(creel_group *group, crl_child *child, creel_future *future)
{
	bool late;

	child->future = creel_future_ref(future);
	crl_mutex_lock(&group->lock);
	crl_list_push_back(&group->children, &child->place);
	late = group->aborting; /* and the sweep may be over */
	crl_mutex_unlock(&group->lock);
	if (!crl_future_link(future, &child->waker))
		crl_group_child_ended(child);
	else if (late)
		creel_future_cancel(future);
}

/* Has the pool refused it for that? */
static bool
has_no_room(const creel_future *future)
{
	return crl_state_phase(crl_future_state(future)) == CRL_ERROR &&
	       future->error == &crl_error_pool_full;
}

/* There was no room for the child in its pool's queue, and it was only to try: it has not been one. */
static void
step_back(creel_group *group, crl_child *child)
{
	crl_free(child);
	crl_mutex_lock(&group->lock);
	group->pending--;
	crl_group_after_end(group);
	crl_group_unlock_unref(group);
}

static creel_future *
submit(creel_group *group, const crl_task_spec *spec, void *tag)
{
	crl_child *child = crl_alloc(sizeof *child);
	const creel_error *refused;
	creel_future *future;

	if (child != NULL)
		*child = (crl_child){.waker.wake = &by_child,
			.group = group,
			.fn = spec->fn,
			.arg = spec->arg,
			.tag = tag};
	if ((refused = enter(group, child, !spec->only_try)) != NULL) {
		crl_free(child);
		return refuse(refused, spec);
	}
	if (child == NULL)
		return fail_without_record(group, spec);
	future = start(group, child, spec);
	if (spec->only_try && has_no_room(future))
		step_back(group, child);
	else
		attach(group, child, future);
	return future;
}

/* NULL, or why a submission is refused before it is tried. */
static const creel_error *
refusal(const creel_group *group, creel_fn *fn)
{
	switch ((int)crl_group_check(group, group)) {
	case CREEL_OK:
		return fn == NULL ? &crl_error_invalid : NULL;
	case CREEL_ECLOSED:
		return &crl_error_closed;
	default:
		return &crl_error_invalid;
	}
}

creel_future *
creel_group_submit(creel_group *group, creel_fn *fn, void *arg)
{
	return creel_group_submit_with(group, NULL, fn, arg, NULL);
}

creel_future *
creel_group_submit_with(
	creel_group *group, const creel_task_options *opts, creel_fn *fn, void *arg, void *tag)
{
	creel_task_options options;
	const bool known = crl_task_read_options(&options, opts);
	const crl_task_spec spec = {.fn = fn, .arg = arg, .options = &options};
	const creel_error *refused = known ? refusal(group, fn) : &crl_error_invalid;

	if (refused == NULL && group->loop != NULL && options.priority != CREEL_PRIORITY_NORMAL)
		refused = &crl_error_invalid; /* first in, first out */
	return refused == NULL ? submit(group, &spec, tag) : refuse(refused, &spec);
}

creel_future *
creel_group_try_submit(creel_group *group, creel_fn *fn, void *arg)
{
	const crl_task_spec spec = {.fn = fn, .arg = arg, .only_try = true};
	const creel_error *refused = refusal(group, fn);

	return refused == NULL ? submit(group, &spec, NULL) : refuse(refused, &spec);
}

/* With the lock held: how many of a list were let go. */
static size_t
let_go(crl_list *children)
{
	crl_list *place;
	size_t n = 0;

	while ((place = crl_list_pop_front(children)) != NULL) {
		CRL_CONTAINER_OF(place, crl_child, place)->detached = true;
		n++;
	}
	return n;
}

creel_status
creel_group_detach(creel_group *group)
{
	creel_status status = crl_group_check(group, group);

	if (status != CREEL_OK)
		return status;
	crl_mutex_lock(&group->lock);
	group->pending -= let_go(&group->children) + let_go(&group->asked);
	crl_group_after_end(group);
	crl_mutex_unlock(&group->lock);
	return CREEL_OK;
}
