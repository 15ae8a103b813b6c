/* SPDX-License-Identifier: MIT */
/* callback.c: see callback.h. */
#include "future/callback.h"

#include "base/attr.h"
#include "base/context.h"
#include "base/mem.h"
#include "future/cascade.h"
#include "future/future.h"

typedef struct callback {
	crl_waker waker;
	creel_future *future; /* borrowed while pending; a reference once claimed */
	creel_done_fn *fn;
	void *arg;
	crl_callback_drop *drop; /* NULL: none */
} callback;

static callback *
of_link(crl_list *link)
{
	return CRL_CONTAINER_OF(CRL_CONTAINER_OF(link, crl_waker, link), callback, waker);
}

/* Never called: the completer takes callbacks out and runs them last. Marks what is one. */
static void
wake_callback(crl_waker *waker)
{
	(void)waker;
}

static crl_wake *const by_callback = wake_callback;

bool
crl_waker_is_callback(const crl_waker *waker)
{
	return waker->wake == &by_callback;
}

void
crl_callbacks_claim(creel_future *future, const crl_list *wakers)
{
	CRL_LIST_EACH (link, (crl_list *)(uintptr_t)wakers)
		if (crl_waker_is_callback(CRL_CONTAINER_OF(link, crl_waker, link)))
			of_link(link)->future = creel_future_ref(future);
}

void
crl_callback_run(crl_list *link)
{
	callback *c = of_link(link);
	crl_inhibition inhibition = crl_inhibit();

	c->fn(c->future, c->arg);
	crl_inhibit_end(inhibition);
	creel_future_unref(c->future);
	crl_free(c);
}

void
crl_callbacks_free(creel_future *future)
{
	crl_list *link;

	/* In the child of a fork the list may have nodes of threads that are gone, and be half changed. */
	if (crl_state_inherited(crl_future_state(future)))
		return;
	while ((link = crl_list_pop_front(&future->wakers)) != NULL) {
		callback *c = of_link(link);

		if (c->drop != NULL)
			c->drop(c->arg);
		crl_free(c);
	}
}

bool
crl_callback_add(creel_future *future, creel_done_fn *fn, void *arg, crl_callback_drop *drop)
{
	callback *c = crl_alloc(sizeof *c);

	if (c == NULL)
		return false;
	*c = (callback){
		.waker.wake = &by_callback, .future = future, .fn = fn, .arg = arg, .drop = drop};
	if (!crl_future_link(future, &c->waker)) {
		creel_future_ref(future);
		crl_cascade_callback(&c->waker.link);
	}
	return true;
}

creel_status
creel_future_on_done(creel_future *future, creel_done_fn *fn, void *arg)
{
	if (future == NULL || fn == NULL)
		return crl_report(CREEL_EINVAL, "the future or the function is NULL");
	if (crl_future_is_lost(future))
		return crl_report(CREEL_ECLOSED, "the future was made before a fork");
	return crl_callback_add(future, fn, arg, NULL)
		       ? CREEL_OK
		       : crl_report(CREEL_ENOMEM, "no memory for a callback");
}

static bool
matches(crl_list *link, creel_done_fn *fn, void *arg)
{
	crl_waker *waker = CRL_CONTAINER_OF(link, crl_waker, link);

	return crl_waker_is_callback(waker) && of_link(link)->fn == fn && of_link(link)->arg == arg;
}

size_t
creel_future_remove_on_done(creel_future *future, creel_done_fn *fn, void *arg)
{
	crl_list removed, *link;
	size_t count = 0;

	crl_list_init(&removed);
	if (future != NULL)
		crl_future_extract(future, matches, fn, arg, &removed);
	while ((link = crl_list_pop_front(&removed)) != NULL) {
		crl_free(of_link(link));
		count++;
	}
	return count;
}
