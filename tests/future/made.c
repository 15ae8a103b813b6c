/* SPDX-License-Identifier: MIT */
/* made.c: see made.h. */
#include "future/made.h"

#include "base/attr.h"
#include "base/error.h"

#include <sched.h>
#include <string.h>

#define POISON 0xEE

static void
destroy(creel_future *future)
{
	made *m = CRL_CONTAINER_OF(future, made, future);

	m->destroyed++;
	if (m->poison)
		memset((void *)future, POISON, sizeof *future);
}

bool
made_untouched(const made *m)
{
	const unsigned char *bytes = (const unsigned char *)&m->future;

	for (size_t i = 0; i < sizeof m->future; i++)
		if (bytes[i] != POISON)
			return false;
	return m->destroyed == 1;
}

static void
drop_value(creel_future *future, void *value)
{
	made *m = CRL_CONTAINER_OF(future, made, future);

	m->dropped++;
	m->dropped_value = value;
}

static creel_cancel_result
cancel(creel_future *future, const char *reason)
{
	(void)reason;
	if (!crl_future_start(future))
		return CREEL_CANCEL_REQUESTED;
	crl_future_complete(future, CRL_CANCELLED, (void *)(uintptr_t)&crl_error_cancelled);
	return CREEL_CANCEL_NOW;
}

creel_future *
made_task(made *m, crl_phase phase)
{
	static const crl_future_ops ops = {
		.cancel = cancel, .destroy = destroy, .drop_value = drop_value};

	*m = (made){.destroyed = 0};
	crl_future_init(&m->future, &ops, phase, 1);
	return &m->future;
}

creel_future *
made_promise(made *m)
{
	static const crl_future_ops ops = {.destroy = destroy, .drop_value = drop_value};

	*m = (made){.destroyed = 0};
	crl_future_init(&m->future, &ops, CRL_PENDING, 1);
	return &m->future;
}

static bool
count(crl_list *link, creel_done_fn *fn, void *arg)
{
	size_t *n = arg;

	(void)link;
	(void)fn;
	++*n;
	return false;
}

size_t
made_linked(creel_future *future)
{
	crl_list none;
	size_t n = 0;

	crl_list_init(&none);
	crl_future_extract(future, count, NULL, &n, &none);
	return n;
}

void
made_await_linked(creel_future *future, size_t n)
{
	while (made_linked(future) < n)
		sched_yield();
}
