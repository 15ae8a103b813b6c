/* SPDX-License-Identifier: MIT */
/*
 * creel/adapters/libevent.h: a loop of creel inside an event base of libevent (2.0 or later).
 *
 *  function               blocks?   which thread?      from a callback?
 *  creel_libevent_attach  no        both loops'        yes
 *  creel_libevent_detach  no        both loops'        yes
 *
 *     creel_libevent adapter;
 *     creel_libevent_attach(&adapter, base, loop);    a loop with CREEL_LOOP_NO_THREAD
 *     event_base_dispatch(base);                      runs both
 *
 * The base is run by the thread that the loop belongs to. It watches the descriptor of creel_loop_fd() and
 * has one turn of the loop run whenever that is readable. When the loop closes it is no longer watched.
 *
 * For programs that use libevent: the library does not, so link both.
 */
#ifndef CREEL_ADAPTERS_LIBEVENT_H
#define CREEL_ADAPTERS_LIBEVENT_H

#include <creel/io.h>
#include <creel/loop.h>
#include <event2/event.h>

/* The program's memory, until it is detached. */
typedef struct creel_libevent {
	struct event *event;
	creel_loop *loop;
} creel_libevent;

static inline void
creel_libevent_turn_(evutil_socket_t fd, short events, void *arg)
{
	creel_libevent *adapter = (creel_libevent *)arg;

	(void)fd, (void)events;
	if (creel_loop_run_once(adapter->loop, 0) == CREEL_ECLOSED)
		event_del(adapter->event);
}

/* CREEL_OK; or what creel_loop_fd() answered; or CREEL_ENOMEM, CREEL_ESYS: libevent refused. */
static inline creel_status
creel_libevent_attach(creel_libevent *adapter, struct event_base *base, creel_loop *loop)
{
	const int fd = creel_loop_fd(loop);

	if (fd < 0)
		return (creel_status)creel_last_error()->code;
	adapter->loop = loop;
	adapter->event = event_new(base, fd, EV_READ | EV_PERSIST, creel_libevent_turn_, adapter);
	if (adapter->event == NULL)
		return CREEL_ENOMEM;
	if (event_add(adapter->event, NULL) == 0)
		return CREEL_OK;
	event_free(adapter->event);
	return CREEL_ESYS;
}

/* Before the loop is destroyed. */
static inline void
creel_libevent_detach(creel_libevent *adapter)
{
	event_free(adapter->event);
}

#endif
