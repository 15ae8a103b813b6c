/* SPDX-License-Identifier: MIT */
/* poller.c: see poller.h. */
#include "runner/poller.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define FIRST_SIZE 64

#ifdef __linux__
const crl_demux_kind *crl_demux_used = &crl_demux_epoll;
#else
const crl_demux_kind *crl_demux_used = &crl_demux_poll;
#endif

static void
find_ready(crl_poller *poller, int64_t timeout)
{
	poller->found = poller->demux->kind->wait(poller->demux, timeout, poller->ready);
}

static void
sleep_in(crl_sleeper *sleeper, int64_t deadline)
{
	crl_poller *poller = CRL_CONTAINER_OF(sleeper, crl_poller, sleeper);
	int64_t timeout = -1;

	if (deadline != CRL_NEVER) {
		timeout = deadline - crl_now();
		if (timeout < 0)
			timeout = 0;
	}
	find_ready(poller, timeout);
	poller->looked = true;
}

static void
wake(crl_sleeper *sleeper)
{
	crl_demux *demux = CRL_CONTAINER_OF(sleeper, crl_poller, sleeper)->demux;

	demux->kind->wake(demux);
}

crl_poller *
crl_poller_open(int *error)
{
	crl_poller *poller = crl_zalloc(sizeof *poller);

	if (poller == NULL) {
		*error = ENOMEM;
		return NULL;
	}
	poller->sleeper = (crl_sleeper){sleep_in, wake};
	poller->demux = crl_demux_used->open(error);
	if (poller->demux == NULL) {
		crl_free(poller);
		return NULL;
	}
	return poller;
}

void
crl_poller_close(crl_poller *poller)
{
	if (poller == NULL)
		return;
	poller->demux->kind->close(poller->demux);
	crl_free(poller->table);
	crl_free(poller);
}

/* Have an entry for the descriptor, which is open. */
static bool
make_entry(crl_poller *poller, int fd)
{
	size_t room = poller->size > 0 ? poller->size : FIRST_SIZE, size;
	crl_watched *table;

	if ((size_t)fd < poller->size)
		return true;
	while (room <= (size_t)fd)
		room *= 2;
	if (!crl_size_of(&size, 0, room, sizeof *table) || (table = crl_zalloc(size)) == NULL)
		return false;
	if (poller->size > 0)
		memcpy(table, poller->table, poller->size * sizeof *table);
	crl_free(poller->table);
	poller->table = table;
	poller->size = room;
	return true;
}

static int
ask(crl_poller *poller, int fd, unsigned before, unsigned events)
{
	return poller->demux->kind->watch(poller->demux, fd, before, events);
}

int
crl_poller_add(crl_poller *poller, crl_watch *watch)
{
	crl_watch **end;
	crl_watched *entry;
	int error;

	/* A table does not grow to where nothing will ever be. */
	if (watch->fd < 0 || ((size_t)watch->fd >= poller->size && fcntl(watch->fd, F_GETFD) < 0))
		return EBADF;
	if (!make_entry(poller, watch->fd))
		return ENOMEM;
	entry = &poller->table[watch->fd];
	/* Even if it has been asked for: the descriptor may have been closed, and be another now. */
	error = ask(poller, watch->fd, entry->events, entry->events | watch->events);
	if (error != 0)
		return error;
	entry->events |= watch->events;
	for (end = &entry->first; *end != NULL; end = &(*end)->next)
		;
	*end = watch;
	watch->next = NULL;
	poller->count++;
	return 0;
}

void
crl_poller_remove(crl_poller *poller, crl_watch *watch)
{
	crl_watched *entry = &poller->table[watch->fd];
	crl_watch **place = &entry->first;
	unsigned events = 0;

	while (*place != watch)
		place = &(*place)->next;
	*place = watch->next;
	poller->count--;
	for (const crl_watch *w = entry->first; w != NULL; w = w->next)
		events |= w->events;
	/* Should it fail: the descriptor has been closed, and is not watched any more. */
	if (events != entry->events)
		ask(poller, watch->fd, entry->events, events);
	entry->events = events;
}

crl_watch *
crl_poller_first(const crl_poller *poller, int fd)
{
	return (size_t)fd < poller->size ? poller->table[fd].first : NULL;
}

/* Call who wants to know what has been found. */
static void
call_ready(crl_poller *poller)
{
	for (int i = 0; i < poller->found; i++) {
		const crl_ready *ready = &poller->ready[i];
		const crl_watched *entry = &poller->table[ready->fd];

		/* It was closed while it was watched, and has a copy: it can only be forgotten. */
		if (entry->first == NULL)
			ask(poller, ready->fd, entry->events, 0);
		for (crl_watch *watch = entry->first, *next; watch != NULL; watch = next) {
			next = watch->next;
			if (watch->events & ready->events)
				watch->ready(watch);
		}
	}
	poller->found = 0;
}

void
crl_poller_collect(crl_poller *poller)
{
	if (poller->looked) {
		poller->looked = false;
	} else if (poller->count > 0 || poller->offered) {
		find_ready(poller, 0);
		call_ready(poller);
	}
}

void
crl_poller_sleep(crl_poller *poller, crl_parker *parker, int64_t deadline)
{
	poller->looked = false;
	crl_park_in(parker, &poller->sleeper, deadline);
	call_ready(poller);
}

int
crl_poller_offer(crl_poller *poller, int *error)
{
	const crl_demux_kind *kind = poller->demux->kind;
	int fd;

	*error = ENOTSUP;
	if (kind->descriptor == NULL)
		return -1;
	fd = kind->descriptor(poller->demux, error);
	if (fd >= 0)
		poller->offered = true;
	return fd;
}

void
crl_poller_leave(crl_poller *poller, crl_parker *parker, int64_t deadline, bool more)
{
	const bool armed = crl_parker_arm(parker, &poller->sleeper);

	crl_poller_alarm(poller, deadline);
	if (more || !armed)
		wake(&poller->sleeper);
}

void
crl_poller_enter(crl_poller *poller, crl_parker *parker)
{
	(void)poller;
	crl_parker_disarm(parker);
}

void
crl_poller_ring(crl_poller *poller)
{
	wake(&poller->sleeper);
}

/* By the system's clock. While ours stands: at once, or not, for who moves it wakes the sleeper. */
static int64_t
alarm_for(int64_t deadline)
{
	if (deadline == CRL_NEVER)
		return CRL_NEVER;
	if (crl_unlikely(crl_clock_is_paused()))
		return deadline <= crl_now() ? 0 : CRL_NEVER;
	return crl_clock_by_system(deadline);
}

void
crl_poller_alarm(crl_poller *poller, int64_t deadline)
{
	poller->demux->kind->alarm(poller->demux, alarm_for(deadline));
}
