/* SPDX-License-Identifier: MIT */
/* cascade.c: see cascade.h. */
#include "future/cascade.h"

#include "base/attr.h"
#include "future/callback.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct cascade {
	crl_list later;     /* wakers that end other futures */
	crl_list callbacks; /* due */
	bool waking;        /* in steps 1 and 2 */
} cascade;

/* The innermost of this thread: a callback that ends a future begins one of its own. */
static CRL_HOT_TLS cascade *current;

static void
init(cascade *c, bool waking)
{
	crl_list_init(&c->later);
	crl_list_init(&c->callbacks);
	c->waking = waking;
}

/* Step 1: wake a list, but for callbacks, which become due. */
static void
wake_all(cascade *c, crl_list *wakers)
{
	crl_list *link;

	/* Each is unlinked before it is woken, for it may be gone right after. */
	while ((link = crl_list_pop_front(wakers)) != NULL) {
		crl_waker *waker = CRL_CONTAINER_OF(link, crl_waker, link);

		if (crl_waker_is_callback(waker))
			crl_list_push_back(&c->callbacks, link);
		else
			crl_waker_wake(waker);
	}
}

/* Step 3, by the outermost. */
static void
call_all(cascade *c)
{
	crl_list *link;

	c->waking = false;
	while ((link = crl_list_pop_front(&c->callbacks)) != NULL)
		crl_callback_run(link);
}

void
crl_cascade_wake(crl_list *wakers)
{
	cascade *outer = current, own;

	if (crl_list_empty(wakers))
		return;
	if (outer != NULL && outer->waking) {
		wake_all(outer, wakers);
		return;
	}
	init(&own, true);
	current = &own;
	wake_all(&own, wakers);
	crl_wakers_wake(&own.later);
	if (outer != NULL)
		crl_list_splice(&outer->callbacks, &own.callbacks);
	else
		call_all(&own);
	current = outer;
}

void
crl_cascade_later(crl_waker *waker, crl_wake *const *wake)
{
	waker->wake = wake;
	if (current != NULL && current->waking)
		crl_list_push_back(&current->later, &waker->link);
	else
		crl_waker_wake(waker);
}

void
crl_cascade_callback(crl_list *link)
{
	cascade own;

	if (current != NULL) {
		crl_list_push_back(&current->callbacks, link);
		return;
	}
	init(&own, false);
	current = &own;
	crl_callback_run(link);
	call_all(&own);
	current = NULL;
}
