/* SPDX-License-Identifier: MIT */
/*
 * list.h: a doubly linked list of nodes that live inside what they list. Never allocates, unlinks in
 * O(1). Not thread-safe: whoever owns the list excludes others.
 *
 * The list is circular through its head, so no operation has a special case for the ends. An
 * unlinked node points to itself, and unlinking it again is harmless.
 */
#ifndef CRL_BASE_LIST_H
#define CRL_BASE_LIST_H

#include <stdbool.h>

typedef struct crl_list {
	struct crl_list *next;
	struct crl_list *prev;
} crl_list;

static inline void
crl_list_init(crl_list *list)
{
	list->next = list;
	list->prev = list;
}

static inline bool
crl_list_empty(const crl_list *list)
{
	return list->next == list;
}

static inline void
crl_list_push_back(crl_list *list, crl_list *node)
{
	node->next = list;
	node->prev = list->prev;
	list->prev->next = node;
	list->prev = node;
}

static inline void
crl_list_push_front(crl_list *list, crl_list *node)
{
	crl_list_push_back(list->next, node);
}

static inline void
crl_list_unlink(crl_list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	crl_list_init(node);
}

/* The first node, unlinked; NULL if there is none. */
static inline crl_list *
crl_list_pop_front(crl_list *list)
{
	crl_list *node = list->next;

	if (node == list)
		return 0;
	crl_list_unlink(node);
	return node;
}

/* Move all of from, in order, to the end of to. */
static inline void
crl_list_splice(crl_list *to, crl_list *from)
{
	if (crl_list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	crl_list_init(from);
}

/* Walk over a list that does not change meanwhile. */
#define CRL_LIST_EACH(node, list) \
	for (crl_list *node = (list)->next; node != (list); node = node->next)

/* Walk over a list whose present node may be unlinked or freed meanwhile. */
#define CRL_LIST_EACH_SAFE(node, list) \
	for (crl_list *node = (list)->next, *node##_next = node->next; node != (list); \
		node = node##_next, node##_next = node->next)

#endif
