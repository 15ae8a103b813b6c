/* SPDX-License-Identifier: MIT */
/* timers.c: the pairing heap. */
#include "queue/timers.h"

#include <stddef.h>

static bool
before(const crl_timer *a, const crl_timer *b)
{
	return a->when != b->when ? a->when < b->when : a->sequence < b->sequence;
}

/* Make the later of two roots the first child of the other; returns the earlier. Either may be NULL. */
static crl_timer *
merge(crl_timer *a, crl_timer *b)
{
	if (a == NULL || b == NULL)
		return a != NULL ? a : b;
	if (before(b, a)) {
		crl_timer *swap = a;

		a = b;
		b = swap;
	}
	b->next = a->child;
	b->prev = a;
	if (a->child != NULL)
		a->child->prev = b;
	a->child = b;
	return a;
}

/* Merge siblings into one heap: in pairs from the left, then the pairs from the right. */
static crl_timer *
merge_siblings(crl_timer *first)
{
	crl_timer *pairs = NULL, *root = NULL;

	while (first != NULL) {
		crl_timer *a = first, *b = a->next, *pair;

		first = b != NULL ? b->next : NULL;
		a->next = NULL;
		if (b != NULL)
			b->next = NULL;
		pair = merge(a, b);
		pair->next = pairs; /* a stack: the rightmost pair on top */
		pairs = pair;
	}
	while (pairs != NULL) {
		crl_timer *pair = pairs;

		pairs = pair->next;
		pair->next = NULL;
		root = merge(root, pair);
	}
	return root;
}

static void
set_root(crl_timers *timers, crl_timer *root)
{
	timers->root = root;
	if (root != NULL)
		root->prev = root;
}

void
crl_timers_add(crl_timers *timers, crl_timer *timer, int64_t when)
{
	timer->when = when;
	timer->sequence = timers->sequence++;
	timer->child = NULL;
	timer->next = NULL;
	set_root(timers, merge(timers->root, timer));
}

/* Cut timer, not the root, out of its parent's children. */
static void
cut(crl_timer *timer)
{
	if (timer->prev->child == timer)
		timer->prev->child = timer->next;
	else
		timer->prev->next = timer->next;
	if (timer->next != NULL)
		timer->next->prev = timer->prev;
}

void
crl_timers_remove(crl_timers *timers, crl_timer *timer)
{
	crl_timer *orphans;

	if (timer->prev == NULL)
		return;
	orphans = merge_siblings(timer->child);
	if (timer == timers->root) {
		set_root(timers, orphans);
	} else {
		cut(timer);
		set_root(timers, merge(timers->root, orphans));
	}
	timer->prev = NULL;
}

crl_timer *
crl_timers_due(crl_timers *timers, int64_t now)
{
	crl_timer *root = timers->root;

	if (root == NULL || root->when > now)
		return NULL;
	crl_timers_remove(timers, root);
	return root;
}
