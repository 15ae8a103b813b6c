/* SPDX-License-Identifier: MIT */
/* heap.c: the pairing heap, and how a chain is sorted for it: runs that are in order are merged. */
#include "queue/heap.h"

/* Make the later of two tops the first child of the other; returns the earlier. Either may be NULL. */
static crl_timer *
merge(crl_timer *a, crl_timer *b)
{
	if (a == NULL || b == NULL)
		return a != NULL ? a : b;
	if (crl_timer_before(b, a)) {
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
set_top(crl_timer **top, crl_timer *timer)
{
	*top = timer;
	if (timer != NULL)
		timer->prev = timer;
}

void
crl_heap_add(crl_timer **top, crl_timer *heap)
{
	set_top(top, merge(*top, heap));
}

/* Cut timer, not the top, out of its parent's children. */
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
crl_heap_remove(crl_timer **top, crl_timer *timer)
{
	crl_timer *orphans = merge_siblings(timer->child);

	if (timer == *top) {
		set_top(top, orphans);
	} else {
		cut(timer);
		set_top(top, merge(*top, orphans));
	}
	timer->prev = NULL;
}

/* Two sorted chains, linked by `child`, as one. */
static crl_timer *
merge_chains(crl_timer *a, crl_timer *b)
{
	crl_timer *merged, **end = &merged;

	while (a != NULL && b != NULL) {
		crl_timer **earlier = crl_timer_before(a, b) ? &a : &b;

		*end = *earlier;
		end = &(*earlier)->child;
		*earlier = *end;
	}
	*end = a != NULL ? a : b;
	return merged;
}

static void
end_run(crl_sorting *s)
{
	crl_timer *chain = s->first;
	unsigned i = 0;

	s->last->child = NULL;
	for (; i < s->used && s->chains[i] != NULL; i++) {
		chain = merge_chains(s->chains[i], chain);
		s->chains[i] = NULL;
	}
	s->chains[i] = chain;
	if (i == s->used)
		s->used++;
}

void
crl_sort(crl_sorting *s, crl_timer *timer)
{
	if (s->last != NULL && crl_timer_before(s->last, timer)) {
		s->last->child = timer;
	} else {
		if (s->last != NULL)
			end_run(s);
		s->first = timer;
	}
	s->last = timer;
}

crl_timer *
crl_sort_end(crl_sorting *s)
{
	crl_timer *chain = NULL, *before;

	end_run(s);
	for (unsigned i = 0; i < s->used; i++)
		chain = merge_chains(s->chains[i], chain);
	before = chain;
	for (crl_timer *timer = chain; timer != NULL; timer = timer->child) {
		timer->next = NULL;
		timer->prev = before;
		before = timer;
	}
	return chain;
}
