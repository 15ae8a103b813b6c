/* SPDX-License-Identifier: MIT */
/*
 * queue.c: a queue of items, with callers that wait for one, for room, or for all to be done; see monitor.h and
 * store.h.
 *
 * Items are handed over: an item that is put goes straight to who has waited for one longest, and one that is
 * taken makes room for the item of who has waited for that longest.
 *
 * Invariants
 *   I1  If somebody waits for an item, there is none, and the queue is open.
 *   I2  If somebody waits for room, there is none, and the queue is open.
 *   I3  If somebody waits in join, something is unfinished.
 */
#include "async/monitor.h"
#include "async/store.h"

#include "base/attr.h"
#include "base/context.h"
#include "base/mem.h"
#include "base/options.h"

#include <creel/queue.h>

/* The lines of a queue. */
enum { GETTERS, PUTTERS, JOINERS };

struct creel_queue {
	crl_monitor monitor;
	creel_queue_options options;
	crl_store store;
	size_t unfinished; /* put and not yet done */
	bool closed;       /* shut down */
};

/* A caller with an item: that it has put, or that it got. */
typedef struct carrier {
	crl_caller caller;
	crl_item *item;
} carrier;

static creel_status
report(creel_status status)
{
	switch ((int)status) {
	case CREEL_EFULL:
		return crl_report(status, "the queue is full");
	case CREEL_EEMPTY:
		return crl_report(status, "the queue is empty");
	default:
		return crl_monitor_report(status);
	}
}

creel_queue *
creel_queue_create(const creel_queue_options *options)
{
	creel_queue_options read;
	creel_queue *queue;

	if (!crl_options_read(&read, sizeof read, options)) {
		crl_report(CREEL_EINVAL, "the options of the queue are of a newer creel");
		return NULL;
	}
	if ((unsigned)read.order > CREEL_QUEUE_PRIORITY) {
		crl_report(CREEL_EINVAL, "no such order of a queue");
		return NULL;
	}
	queue = crl_monitor_create(sizeof *queue);
	if (queue != NULL) {
		queue->options = read;
		crl_store_init(&queue->store, read.order);
	}
	return queue;
}

static bool
has_room(const creel_queue *queue)
{
	return queue->options.maxsize == 0 || queue->store.count < queue->options.maxsize;
}

/* With the monitor held: the first in that line, with its item; NULL: nobody waits. */
static carrier *
first_in(const creel_queue *queue, int line)
{
	crl_caller *first = crl_line_first(&queue->monitor.lines[line]);

	return first != NULL ? CRL_CONTAINER_OF(first, carrier, caller) : NULL;
}

static creel_status
put(void *object, crl_caller *self)
{
	creel_queue *queue = object;
	crl_item *item = CRL_CONTAINER_OF(self, carrier, caller)->item;
	carrier *getter = first_in(queue, GETTERS);

	if (queue->closed)
		return CREEL_ECLOSED;
	if (!has_room(queue))
		return CREEL_EPENDING;
	queue->unfinished++;
	if (getter != NULL) {
		getter->item = item;
		crl_serve(&getter->caller, CREEL_OK);
	} else {
		crl_store_push(&queue->store, item);
	}
	return CREEL_OK;
}

static creel_status
get(void *object, crl_caller *self)
{
	creel_queue *queue = object;
	crl_item *item = crl_store_pop(&queue->store);
	carrier *putter;

	if (item == NULL)
		return queue->closed ? CREEL_ECLOSED : CREEL_EPENDING;
	CRL_CONTAINER_OF(self, carrier, caller)->item = item;
	if ((putter = first_in(queue, PUTTERS)) != NULL) {
		queue->unfinished++;
		crl_store_push(&queue->store, putter->item);
		crl_serve(&putter->caller, CREEL_OK);
	}
	return CREEL_OK;
}

/* Do it now, or answer `busy`. */
static creel_status
attempt_once(creel_queue *queue, crl_attempt *attempt, carrier *self, creel_status busy)
{
	creel_status status = crl_monitor_enter(queue);

	if (status != CREEL_OK)
		return status;
	status = attempt(queue, &self->caller);
	crl_monitor_leave(queue);
	return report(status == CREEL_EPENDING ? busy : status);
}

/* Get ready to put a value in. */
static creel_status
load(const creel_queue *queue, carrier *self, void *value, int64_t priority)
{
	if (queue == NULL || (priority != 0 && queue->options.order != CREEL_QUEUE_PRIORITY))
		return crl_report(
			CREEL_EINVAL, "the queue is NULL, or has an order without priorities");
	if ((self->item = crl_alloc(sizeof *self->item)) == NULL)
		return crl_report(CREEL_ENOMEM, "no memory to put an item in a queue with");
	self->item->value = value;
	self->item->priority = priority;
	return CREEL_OK;
}

/* It is in, and may be out again; or it is not. */
static creel_status
loaded(const carrier *self, creel_status status)
{
	if (status != CREEL_OK)
		crl_free(self->item);
	return status;
}

creel_status
creel_queue_put_priority(creel_queue *queue, void *item, int64_t priority, creel_duration timeout)
{
	carrier self = {.item = NULL};
	creel_status status = load(queue, &self, item, priority);

	if (status != CREEL_OK)
		return status;
	return loaded(&self, crl_monitor_wait(queue, PUTTERS, put, &self.caller, timeout));
}

creel_status
creel_queue_put(creel_queue *queue, void *item, creel_duration timeout)
{
	return creel_queue_put_priority(queue, item, 0, timeout);
}

creel_status
creel_queue_try_put_priority(creel_queue *queue, void *item, int64_t priority)
{
	carrier self = {.item = NULL};
	creel_status status = load(queue, &self, item, priority);

	if (status != CREEL_OK)
		return status;
	return loaded(&self, attempt_once(queue, put, &self, CREEL_EFULL));
}

creel_status
creel_queue_try_put(creel_queue *queue, void *item)
{
	return creel_queue_try_put_priority(queue, item, 0);
}

/* The item of who got one. */
static creel_status
unload(const carrier *self, creel_status status, void **item)
{
	if (self->item == NULL)
		return status;
	*item = self->item->value;
	crl_free(self->item);
	return status;
}

creel_status
creel_queue_get(creel_queue *queue, creel_duration timeout, void **item)
{
	carrier self = {.item = NULL};

	if (item == NULL)
		return crl_report(CREEL_EINVAL, "there is no place for the item");
	return unload(&self, crl_monitor_wait(queue, GETTERS, get, &self.caller, timeout), item);
}

creel_status
creel_queue_try_get(creel_queue *queue, void **item)
{
	carrier self = {.item = NULL};

	if (item == NULL)
		return crl_report(CREEL_EINVAL, "there is no place for the item");
	return unload(&self, attempt_once(queue, get, &self, CREEL_EEMPTY), item);
}

/* With the monitor held: so many are done, or will not be. */
static void
finish(creel_queue *queue, size_t n)
{
	queue->unfinished -= n;
	if (queue->unfinished == 0)
		crl_serve_all(&queue->monitor.lines[JOINERS], CREEL_OK);
}

creel_status
creel_queue_task_done(creel_queue *queue)
{
	creel_status status = crl_monitor_enter(queue);
	bool any;

	if (status != CREEL_OK)
		return status;
	any = queue->unfinished > 0;
	if (any)
		finish(queue, 1);
	crl_monitor_leave(queue);
	return any ? CREEL_OK : crl_report(CREEL_ESTATE, "all items of the queue are done");
}

static creel_status
is_finished(void *object, crl_caller *self)
{
	const creel_queue *queue = object;

	(void)self;
	return queue->unfinished == 0 ? CREEL_OK : CREEL_EPENDING;
}

creel_status
creel_queue_join(creel_queue *queue, creel_duration timeout)
{
	crl_caller self;

	return crl_monitor_wait(queue, JOINERS, is_finished, &self, timeout);
}

/* Give what is left of the items to the program's destructor. No lock is held. */
static void
drop_all(crl_store *rest, creel_drop_fn *drop)
{
	crl_item *item;

	while ((item = crl_store_pop(rest)) != NULL) {
		crl_call_inhibited(drop, item->value);
		crl_free(item);
	}
}

creel_status
creel_queue_shutdown(creel_queue *queue, creel_queue_shutdown_mode mode)
{
	creel_drop_fn *drop;
	creel_status status;
	crl_store rest;

	if ((unsigned)mode > CREEL_QUEUE_IMMEDIATE)
		return crl_report(CREEL_EINVAL, "there is no such shutdown of a queue");
	if ((status = crl_monitor_enter(queue)) != CREEL_OK)
		return status;
	queue->closed = true;
	crl_serve_all(&queue->monitor.lines[GETTERS], CREEL_ECLOSED);
	crl_serve_all(&queue->monitor.lines[PUTTERS], CREEL_ECLOSED);
	crl_store_init(&rest, queue->options.order);
	if (mode == CREEL_QUEUE_IMMEDIATE) {
		crl_store_move(&rest, &queue->store);
		/* More may have been said to be done than were got. */
		finish(queue, rest.count < queue->unfinished ? rest.count : queue->unfinished);
	}
	drop = queue->options.item_drop;
	crl_monitor_leave(queue);
	drop_all(&rest, drop);
	return CREEL_OK;
}

size_t
creel_queue_size(const creel_queue *queue)
{
	size_t size;

	if (!crl_monitor_look(queue))
		return 0;
	size = queue->store.count;
	crl_monitor_look_away(queue);
	return size;
}

size_t
creel_queue_maxsize(const creel_queue *queue)
{
	return queue != NULL ? queue->options.maxsize : 0;
}

void
creel_queue_destroy(creel_queue *queue)
{
	creel_drop_fn *drop;
	crl_store rest;

	if (!crl_monitor_close(queue))
		return;
	crl_store_init(&rest, queue->options.order);
	crl_store_move(&rest, &queue->store);
	drop = queue->options.item_drop;
	crl_monitor_unref(queue);
	drop_all(&rest, drop);
}
