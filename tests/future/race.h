/* SPDX-License-Identifier: MIT */
/*
 * race.h: the same small race many times, by threads that live through all of them.
 *
 *     for (i = 0; i < count; i++)
 *             prepare items[i];
 *     race(3, contend, items, sizeof *items, count);
 *     for (i = 0; i < count; i++)
 *             ck_assert(what became of items[i]);
 *
 * contend(&items[i], who) is called once for each i and each who in 0..contenders-1, by as many
 * threads (the caller is number 0), each going through the items in order. Before every item they
 * wait for each other, as many as there are processors, and only for a while. Nothing but the race
 * itself orders what two of them do to an item.
 */
#ifndef CREEL_TEST_RACE_H
#define CREEL_TEST_RACE_H

#include <stddef.h>

#define RACE_CONTENDERS 8 /* at the most */

typedef void race_fn(void *item, int who);

void race(int contenders, race_fn *fn, void *items, size_t size, size_t count);

#endif
