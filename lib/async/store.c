/* SPDX-License-Identifier: MIT */
/* store.c: see store.h. */
#include "async/store.h"

#include "base/attr.h"

void
crl_store_init(crl_store *store, creel_queue_order order)
{
	*store = (crl_store){.order = order};
	crl_list_init(&store->list);
}

void
crl_store_push(crl_store *store, crl_item *item)
{
	store->count++;
	switch (store->order) {
	case CREEL_QUEUE_FIFO:
		crl_list_push_back(&store->list, &item->place);
		break;
	case CREEL_QUEUE_LIFO:
		crl_list_push_front(&store->list, &item->place);
		break;
	case CREEL_QUEUE_PRIORITY:
		item->key = (crl_timer){.when = item->priority, .sequence = store->sequence++};
		crl_heap_add(&store->top, &item->key);
		break;
	}
}

crl_item *
crl_store_pop(crl_store *store)
{
	crl_timer *top = store->top;

	if (store->count == 0)
		return NULL;
	store->count--;
	if (top == NULL)
		return CRL_CONTAINER_OF(crl_list_pop_front(&store->list), crl_item, place);
	crl_heap_remove(&store->top, top);
	return CRL_CONTAINER_OF(top, crl_item, key);
}

void
crl_store_move(crl_store *to, crl_store *from)
{
	to->count = from->count;
	to->top = from->top;
	crl_list_splice(&to->list, &from->list);
	from->count = 0;
	from->top = NULL;
}
