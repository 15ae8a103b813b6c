/* SPDX-License-Identifier: MIT */
/* group_wait.c: those who wait for the children: for one, for all, or to the very end; see group.h. */
#include "async/group.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/context.h"
#include "base/mem.h"
#include "base/process.h"
#include "runner/reason.h"
#include "task/await.h"

#include <stdint.h>

creel_status
crl_group_wait(creel_group *group, crl_list *visitors, crl_visitor *self, int64_t deadline)
{
	crl_list_push_back(visitors, &self->place);
	crl_mutex_unlock(&group->lock);
	crl_waiter_wait(&self->waiter, deadline);
	crl_mutex_lock(&group->lock);
	crl_list_unlink(&self->place);
	return crl_waiter_done(&self->waiter) ? CREEL_OK : crl_waiter_interrupted(&self->waiter);
}

bool
crl_group_untie(creel_group *group)
{
	if (group->body == NULL)
		return false;
	group->body = NULL;
	group->refs--;
	crl_task_part(&group->guest);
	return crl_bond_end(&group->bond);
}

/* Does the body call? With the lock held. */
static bool
is_body(const creel_group *group)
{
	return group->body != NULL && group->body == crl_task_self();
}

/* With the lock held: take a child that has ended: CREEL_OK, or CREEL_EPENDING, CREEL_EEMPTY, CREEL_EDEADLK. */
static creel_status
try_take(creel_group *group, crl_child **out)
{
	crl_list *place = crl_list_pop_front(&group->done);

	if (place == NULL && group->pending == 0)
		return CREEL_EEMPTY;
	if (place == NULL)
		return crl_group_is_child(group) ? CREEL_EDEADLK : CREEL_EPENDING;
	*out = CRL_CONTAINER_OF(place, crl_child, place);
	return CREEL_OK;
}

/* Nothing was there: wait. As try_take(), or why the wait ended. With the lock held at the end. */
static creel_status
take(creel_group *group, int64_t deadline, crl_child **out)
{
	crl_visitor self = {.given = NULL};
	creel_status status = crl_waiter_prepare(&self.waiter);

	crl_mutex_lock(&group->lock);
	if (group->destroyed)
		return CREEL_ECLOSED;
	if (status != CREEL_OK || (status = try_take(group, out)) != CREEL_EPENDING)
		return status;
	status = crl_group_wait(group, &group->consumers, &self, deadline);
	if (status != CREEL_OK)
		return status;
	*out = self.given;
	if (self.given != NULL)
		return CREEL_OK;
	return group->destroyed ? CREEL_ECLOSED : CREEL_EEMPTY;
}

/* With the lock held: what the program gets. True: the child's record is not needed any more. */
static bool
hand_out(crl_child *child, creel_completion *out)
{
	*out = (creel_completion){
		.future = child->future, .tag = child->tag, .index = child->index};
	if (child->has_failed)
		creel_future_ref(child->future);
	return !child->has_failed;
}

static creel_status
report_next(creel_status status)
{
	if (status == CREEL_EEMPTY)
		return crl_report(status, "no child runs, and all have been handed out");
	if (status == CREEL_ECLOSED)
		return crl_report(status, "the group was destroyed");
	return crl_waiter_report(status);
}

creel_status
creel_group_next(creel_group *group, creel_duration timeout, creel_completion *out)
{
	creel_status status = crl_group_check(group, out);
	crl_child *child = NULL;
	bool done = false;

	if (status != CREEL_OK)
		return status;
	if (timeout < 0)
		return crl_report(CREEL_EINVAL, "the timeout is negative");
	if (!(group->flags & CREEL_GROUP_COMPLETIONS))
		return crl_report(CREEL_ESTATE, "the group keeps no completions");
	crl_mutex_lock(&group->lock);
	group->refs++;
	status = try_take(group, &child);
	if (status == CREEL_EPENDING && timeout == 0) {
		status = CREEL_ETIMEDOUT;
	} else if (status == CREEL_EPENDING) {
		crl_mutex_unlock(&group->lock);
		status = take(group, crl_deadline(timeout), &child);
	}
	if (status == CREEL_OK)
		done = hand_out(child, out);
	crl_group_unlock_unref(group);
	if (done)
		crl_free(child);
	return report_next(status);
}

/* With the lock held: the caller of join was asked to end, by others than the group. */
static void
pass_on(creel_group *group)
{
	if (!group->aborting)
		crl_group_abort(group, false);
	crl_list_splice(
		&group->children, &group->asked); /* those that were asked are asked again */
}

/* Ask the children to end as the caller of join was, for the same reason. */
static void
sweep_on(creel_group *group)
{
	char reason[CRL_REASON_SIZE];

	crl_group_sweep(group, crl_waiter_why(reason) ? reason : NULL);
}

/* What has come to the caller of join, that ends not the wait but the children. */
typedef struct told {
	bool requested; /* it was asked to end */
	bool cut;       /* its scope has ended */
} told;

/* With the lock held: all have ended; the answer. */
static creel_status
conclude(creel_group *group, const told *t)
{
	const bool foreign = (is_body(group) && crl_group_untie(group)) || t->requested;

	group->ended = true;
	if (group->destroyed)
		return crl_report(CREEL_ECLOSED, "the group was destroyed");
	if (group->failures > 0) {
		creel_group_error first;

		if (foreign)
			crl_await_restore_request();
		crl_group_look(group);
		crl_group_read_errors(group, &first, 1);
		return crl_report_error(first.error);
	}
	/* A request that nobody has heard of yet goes to the next wait. */
	if (foreign && (t->requested || !crl_cancel_pending(crl_strand_self()->cancel)))
		return crl_waiter_report(CREEL_ECANCELLED);
	if (t->cut)
		return crl_waiter_report(CRL_CUT);
	return group->expired ? crl_report(CREEL_ETIMEDOUT, "the group's deadline has come")
			      : CREEL_OK;
}

/* One wait of join, without the lock before and after. CREEL_OK: look again; else what ended it. */
static creel_status
wait_once(creel_group *group, int64_t deadline, told *t)
{
	crl_visitor self;
	creel_status status = crl_waiter_prepare(&self.waiter);
	bool sweeps = false;

	if (status != CREEL_OK)
		return status;
	if (t->cut)
		crl_waiter_leave_scopes(&self.waiter);
	crl_mutex_lock(&group->lock);
	if (group->pending > 0)
		status = crl_group_wait(group, &group->joiners, &self, deadline);
	if (status == CREEL_ECANCELLED || status == CRL_CUT) {
		t->cut |= status == CRL_CUT;
		sweeps = status == CRL_CUT || !is_body(group) || crl_bond_foreign(&group->bond);
		if (sweeps)
			pass_on(group);
		t->requested |= sweeps && status == CREEL_ECANCELLED;
		status = CREEL_OK;
	}
	crl_mutex_unlock(&group->lock);
	if (sweeps)
		sweep_on(group);
	return status;
}

/* Before anything is waited for: CREEL_OK, or why join cannot be. */
static creel_status
begin_join(creel_group *group)
{
	bool sweeps;

	crl_mutex_lock(&group->lock);
	if (crl_group_is_child(group)) {
		crl_mutex_unlock(&group->lock);
		return CREEL_EDEADLK;
	}
	group->refs++;
	sweeps = crl_group_expire(group);
	if (!group->aborting && is_body(group) && crl_bond_foreign(&group->bond)) {
		pass_on(group);
		sweeps = true;
	}
	crl_mutex_unlock(&group->lock);
	if (sweeps)
		sweep_on(group);
	return CREEL_OK;
}

/* Wait until all have ended, and then with the lock held: CREEL_OK; or why not. */
static creel_status
await_all(creel_group *group, creel_duration timeout, told *t)
{
	const int64_t deadline = crl_deadline(timeout);
	creel_status status = timeout == 0 ? CREEL_ETIMEDOUT : CREEL_OK;

	for (;;) {
		crl_mutex_lock(&group->lock);
		if (group->pending == 0)
			return CREEL_OK;
		if (status != CREEL_OK)
			return status;
		crl_mutex_unlock(&group->lock);
		status = wait_once(group, deadline, t);
	}
}

creel_status
creel_group_join(creel_group *group, creel_duration timeout)
{
	creel_status status = crl_group_check(group, group);
	told t = {false, false};

	if (status != CREEL_OK)
		return status;
	if (timeout < 0)
		return crl_report(CREEL_EINVAL, "the timeout is negative");
	if ((status = begin_join(group)) != CREEL_OK)
		return crl_waiter_report(status);
	status = await_all(group, timeout, &t);
	if (status == CREEL_OK) {
		status = conclude(group, &t);
		crl_mutex_unlock(&group->lock);
		crl_group_dismiss(group);
		crl_mutex_lock(&group->lock);
	} else {
		if (t.requested)
			crl_await_restore_request();
		status = crl_waiter_report(status);
	}
	crl_group_unlock_unref(group);
	return status;
}

/* Wait for the end of all, unless the caller cannot, and whatever it is asked. */
static void
await_end(creel_group *group)
{
	crl_visitor self;
	bool pending = true;

	while (pending && crl_waiter_prepare(&self.waiter) == CREEL_OK) {
		crl_mutex_lock(&group->lock);
		pending = group->pending > 0 && !crl_group_is_child(group);
		if (pending)
			crl_list_push_back(&group->joiners, &self.place);
		crl_mutex_unlock(&group->lock);
		if (pending)
			crl_waiter_wait_through(&self.waiter, CRL_NEVER);
	}
}

/* With the lock held: nobody has a use for what is kept any more. */
static void
tear_down(creel_group *group, crl_list *done, crl_list *failed)
{
	group->destroyed = true;
	group->ended = true;
	crl_list_splice(done, &group->done);
	crl_list_splice(failed, &group->failed);
	crl_group_wake_all(&group->joiners);
	crl_group_wake_all(&group->consumers);
}

static void
release(crl_list *done, crl_list *failed)
{
	crl_list *place;

	while ((place = crl_list_pop_front(done)) != NULL) {
		crl_child *child = CRL_CONTAINER_OF(place, crl_child, place);

		if (child->has_failed)
			continue;
		creel_future_unref(child->future);
		crl_free(child);
	}
	while ((place = crl_list_pop_front(failed)) != NULL) {
		crl_child *child = CRL_CONTAINER_OF(place, crl_child, failed);

		creel_future_unref(child->future);
		if (child->group != NULL) /* else it is a part of the group */
			crl_free(child);
	}
}

void
creel_group_destroy(creel_group *group)
{
	crl_list done, failed;

	if (group == NULL)
		return;
	if (crl_unlikely(group->generation != crl_generation())) {
		crl_free(group);
		return;
	}
	crl_list_init(&done);
	crl_list_init(&failed);
	crl_mutex_lock(&group->lock);
	crl_group_abort(group, false);
	if (is_body(group))
		crl_group_untie(group);
	crl_mutex_unlock(&group->lock);
	crl_group_sweep(group, NULL);
	await_end(group);
	crl_group_dismiss(group);

	crl_mutex_lock(&group->lock);
	tear_down(group, &done, &failed);
	crl_mutex_unlock(&group->lock);
	release(&done, &failed);
	crl_mutex_lock(&group->lock);
	crl_group_unlock_unref(group);
}
