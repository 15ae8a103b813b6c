/* SPDX-License-Identifier: MIT */
/* group.c: a group's life, its cancellation, and its children's ends; see group.h. */
#include "async/group.h"

#include "async/combine.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/process.h"
#include "future/cascade.h"

#include <stdint.h>

static crl_child *
of_place(crl_list *place)
{
	return CRL_CONTAINER_OF(place, crl_child, place);
}

static crl_visitor *
visitor_of(crl_list *place)
{
	return CRL_CONTAINER_OF(place, crl_visitor, place);
}

creel_status
crl_group_check(const creel_group *group, const void *needed)
{
	if (group == NULL || needed == NULL)
		return crl_report(CREEL_EINVAL, "the group or an argument is NULL");
	if (crl_unlikely(group->generation != crl_generation()))
		return crl_report(CREEL_ECLOSED, "the group was made before a fork");
	return CREEL_OK;
}

void
crl_group_unlock_unref(creel_group *group)
{
	const bool last = --group->refs == 0;

	crl_mutex_unlock(&group->lock);
	if (!last)
		return;
	crl_mutex_fini(&group->lock);
	crl_free(group);
}

static void
unref(creel_group *group)
{
	crl_mutex_lock(&group->lock);
	crl_group_unlock_unref(group);
}

void
crl_group_wake_all(crl_list *visitors)
{
	crl_list *place;

	while ((place = crl_list_pop_front(visitors)) != NULL)
		crl_waker_wake(&visitor_of(place)->waiter.waker);
}

void
crl_group_abort(creel_group *group, bool tell_body)
{
	group->aborting = true;
	if (tell_body && group->body != NULL)
		crl_bond_ask(&group->bond);
	crl_group_wake_all(&group->submitters);
}

/* The next child that has not been asked to end, as a reference to its future; NULL: there is none. */
static creel_future *
next_to_ask(creel_group *group)
{
	creel_future *future = NULL;
	crl_list *place;

	crl_mutex_lock(&group->lock);
	if ((place = crl_list_pop_front(&group->children)) != NULL) {
		crl_list_push_back(&group->asked, place);
		future = creel_future_ref(of_place(place)->future);
	}
	crl_mutex_unlock(&group->lock);
	return future;
}

void
crl_group_sweep(creel_group *group, const char *reason)
{
	creel_future *future;

	while ((future = next_to_ask(group)) != NULL) {
		crl_future_cancel(future, reason);
		creel_future_unref(future);
	}
}

/* In the cascade, with a reference of its own: a child has failed. */
static void
sweep(crl_waker *waker)
{
	creel_group *group = CRL_CONTAINER_OF(waker, creel_group, sweep);

	crl_group_sweep(group, NULL);
	unref(group);
}

static crl_wake *const by_sweep = sweep;

void
crl_group_admit(creel_group *group)
{
	crl_list *place;

	while ((group->limit == 0 || group->pending < group->limit) &&
		(place = crl_list_pop_front(&group->submitters)) != NULL) {
		group->pending++;
		visitor_of(place)->admitted = true;
		crl_waker_wake(&visitor_of(place)->waiter.waker);
	}
}

void
crl_group_after_end(creel_group *group)
{
	crl_group_admit(group);
	if (group->pending > 0)
		return;
	if (!crl_list_empty(&group->joiners))
		group->ended = true;
	crl_group_wake_all(&group->joiners);
	crl_group_wake_all(&group->consumers);
}

void
crl_group_add_error(creel_group *group, crl_child *child)
{
	child->has_failed = true;
	group->failures++;
	crl_list_push_back(&group->failed, &child->failed);
}

/* With the lock held: hand a child that has ended to who waits for one, or keep it for who will. */
static void
hand_on(creel_group *group, crl_child *child)
{
	crl_list *place = crl_list_pop_front(&group->consumers);

	if (place == NULL) {
		crl_list_push_back(&group->done, &child->place);
		return;
	}
	visitor_of(place)->given = child;
	crl_waker_wake(&visitor_of(place)->waiter.waker);
}

/* With the lock held: a child has ended, of a group that cares. True: its record is kept; *fails: it is to cancel the
 * others. */
static bool
account(creel_group *group, crl_child *child, bool *fails)
{
	const bool failed = crl_state_phase(crl_future_state(child->future)) == CRL_ERROR,
		   kept = group->flags & CREEL_GROUP_COMPLETIONS;

	if (failed)
		crl_group_add_error(group, child);
	if (kept)
		hand_on(group, child);
	*fails = failed && !(group->flags & CREEL_GROUP_GO_ON) && !group->aborting;
	if (*fails)
		crl_group_abort(group, true);
	return failed || kept;
}

void
crl_group_child_ended(crl_child *child)
{
	creel_group *group = child->group;
	bool kept = false, fails = false;
	creel_future *future = child->future;

	crl_mutex_lock(&group->lock);
	crl_list_unlink(&child->place);
	if (!child->detached) {
		group->pending--;
		if (!group->destroyed)
			kept = account(group, child, &fails);
		crl_group_after_end(group);
	}
	if (fails)
		crl_mutex_unlock(&group->lock); /* the sweep has the child's reference */
	else
		crl_group_unlock_unref(group);
	if (!kept) {
		creel_future_unref(future);
		crl_free(child);
	}
	if (fails)
		crl_cascade_later(&group->sweep, &by_sweep);
}

/* The body's frame ends: the group has no body any more. */
static void
body_leaves(crl_guest *guest)
{
	creel_group *group = CRL_CONTAINER_OF(guest, creel_group, guest);

	crl_mutex_lock(&group->lock);
	group->refs++;
	crl_group_untie(group);
	crl_group_unlock_unref(group);
}

static void
tie(creel_group *group)
{
	crl_task_frame *body = crl_task_self();

	if (body == NULL || group->flags & CREEL_GROUP_UNBOUND)
		return;
	group->body = body;
	group->refs++;
	group->guest.leave = body_leaves;
	crl_task_host(body, &group->guest);
	crl_bond_begin(&group->bond, body->cancel);
}

static int64_t
deadline_of(const creel_group_options *options)
{
	const int64_t at = options->deadline > 0 ? options->deadline : CRL_NEVER;
	const int64_t in = options->timeout > 0 ? crl_deadline(options->timeout) : CRL_NEVER;

	return at < in ? at : in;
}

static creel_group *
make_group(const creel_group_options *options)
{
	creel_group *group = crl_zalloc(sizeof *group);

	if (group == NULL)
		return NULL;
	group->generation = crl_generation();
	group->flags = options->flags;
	group->pool = options->pool;
	group->loop = options->loop;
	group->limit = options->limit;
	group->deadline = deadline_of(options);
	group->refs = 1;
	crl_mutex_init(&group->lock, CRL_RANK_GROUP);
	crl_list_init(&group->children);
	crl_list_init(&group->asked);
	crl_list_init(&group->done);
	crl_list_init(&group->failed);
	crl_list_init(&group->submitters);
	crl_list_init(&group->consumers);
	crl_list_init(&group->joiners);
	group->no_memory = (crl_child){.future = crl_future_no_memory(), .index = SIZE_MAX};
	return group;
}

creel_group *
creel_group_create(const creel_group_options *opts)
{
	creel_group_options options;
	creel_group *group;

	if (!crl_options_read(&options, sizeof options, opts) ||
		options.flags &
			~(CREEL_GROUP_COMPLETIONS | CREEL_GROUP_GO_ON | CREEL_GROUP_UNBOUND) ||
		options.deadline < 0 || options.timeout < 0 ||
		(options.pool != NULL && options.loop != NULL)) {
		crl_report(CREEL_EINVAL, "an option is not valid");
		return NULL;
	}
	if (options.pool == NULL && options.loop == NULL) {
		options.loop = creel_current_loop();
		options.pool = creel_current_pool();
	}
	if (options.pool == NULL && options.loop == NULL) {
		crl_report(CREEL_ESTATE, "there is no pool and no loop for the children");
		return NULL;
	}
	if ((group = make_group(&options)) == NULL) {
		crl_report(CREEL_ENOMEM, "no memory for a group");
		return NULL;
	}
	tie(group);
	if (crl_group_watch(group) == CREEL_OK)
		return group;
	crl_mutex_lock(&group->lock);
	crl_group_untie(group);
	crl_group_unlock_unref(group);
	return NULL;
}

creel_status
creel_group_set_limit(creel_group *group, size_t limit)
{
	creel_status status = crl_group_check(group, group);

	if (status != CREEL_OK)
		return status;
	crl_mutex_lock(&group->lock);
	group->limit = limit;
	crl_group_admit(group);
	crl_mutex_unlock(&group->lock);
	return CREEL_OK;
}

creel_status
creel_group_cancel(creel_group *group)
{
	creel_status status = crl_group_check(group, group);
	bool sweeps;

	if (status != CREEL_OK)
		return status;
	crl_mutex_lock(&group->lock);
	group->refs++; /* a body that it wakes may destroy the group */
	sweeps = !group->aborting && !group->ended;
	if (sweeps)
		crl_group_abort(group, true);
	crl_mutex_unlock(&group->lock);
	if (sweeps)
		crl_group_sweep(group, NULL);
	crl_mutex_lock(&group->lock);
	crl_group_unlock_unref(group);
	return CREEL_OK;
}

size_t
creel_group_pending(const creel_group *group)
{
	creel_group *mutable = (creel_group *)(uintptr_t)group;
	size_t pending;

	if (group == NULL || group->generation != crl_generation())
		return 0;
	crl_mutex_lock(&mutable->lock);
	pending = group->pending;
	crl_mutex_unlock(&mutable->lock);
	return pending;
}
