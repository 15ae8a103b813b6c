/* SPDX-License-Identifier: MIT */
/* timers.c: the wheel, and what goes from it to the heap. See timers.h. */
#include "queue/timers.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/mem.h"

/* So many are in the heap before there is a wheel; and a slot that has no more is not split up. */
#define FEW 32

#define TICK_BITS 18
#define DIGIT_BITS 6

/* With what malloc adds, a KiB. */
#define CHUNK 61

_Static_assert(CRL_WHEEL_SLOTS == 1 << DIGIT_BITS, "a slot for each value of a digit");
_Static_assert(
	TICK_BITS + DIGIT_BITS * CRL_WHEEL_LEVELS >= 63, "a level for every digit of a tick");

typedef struct crl_alarms {
	struct crl_alarms *next;
	size_t count;
	crl_alarm entries[CHUNK];
} crl_alarms;

/* Where a tick belongs. */
typedef struct place {
	unsigned level, digit;
} place;

void
crl_timers_init(crl_timers *timers)
{
	timers->top = NULL;
	timers->aside = NULL;
	timers->near = 0;
	timers->far = 0;
	timers->levels = 0;
	timers->sequence = 0;
	for (unsigned level = 0; level < CRL_WHEEL_LEVELS; level++)
		timers->used[level] = 0;
}

static uint64_t
tick_of(int64_t when)
{
	return when > 0 ? (uint64_t)when >> TICK_BITS : 0;
}

/* tick is still to come. */
static place
place_of(const crl_timers *timers, uint64_t tick)
{
	const unsigned highest = 63u - (unsigned)__builtin_clzll(tick ^ timers->tick);
	const unsigned level = highest / DIGIT_BITS;

	return (place){level, (unsigned)(tick >> (DIGIT_BITS * level)) % CRL_WHEEL_SLOTS};
}

/* The first place in use. */
static place
first_place(const crl_timers *timers)
{
	const unsigned level = (unsigned)__builtin_ctz(timers->levels);

	return (place){level, (unsigned)__builtin_ctzll(timers->used[level])};
}

/* When the slot in this place begins. */
static int64_t
begin_of(const crl_timers *timers, place at)
{
	const unsigned shift = DIGIT_BITS * at.level;
	const uint64_t above = timers->tick >> shift >> DIGIT_BITS << DIGIT_BITS;

	return (int64_t)((above | at.digit) << shift << TICK_BITS);
}

/* The slot there is in use no more. Returns what it held. */
static crl_alarms *
take_slot(crl_timers *timers, place at)
{
	timers->used[at.level] &= ~((uint64_t)1 << at.digit);
	if (timers->used[at.level] == 0)
		timers->levels &= ~(1u << at.level);
	return timers->slots[at.level][at.digit].first;
}

static crl_alarms *
free_chunk(crl_alarms *chunk)
{
	crl_alarms *next = chunk->next;

	crl_free(chunk);
	return next;
}

/* Some have left the wheel: if they were the last ones, let go of the gaps. */
static void
settle(crl_timers *timers)
{
	while (timers->far == 0 && timers->levels != 0) {
		crl_alarms *chunk = take_slot(timers, first_place(timers));

		while (chunk != NULL)
			chunk = free_chunk(chunk);
	}
}

/* The wheel is empty: nothing stands in the way of setting it to the present. */
static void
restart(crl_timers *timers)
{
	timers->tick = tick_of(crl_now());
	timers->opens = CRL_NEVER;
}

static crl_slot *
use_slot(crl_timers *timers, place at)
{
	crl_slot *slot = &timers->slots[at.level][at.digit];
	const uint64_t bit = (uint64_t)1 << at.digit;

	if (!(timers->used[at.level] & bit)) {
		const int64_t begin = begin_of(timers, at);

		*slot = (crl_slot){NULL, NULL, 0, 0};
		timers->used[at.level] |= bit;
		timers->levels |= 1u << at.level;
		if (begin < timers->opens)
			timers->opens = begin;
	}
	return slot;
}

/* Make room for one entry; false: no memory. */
static bool
grow(crl_slot *slot)
{
	crl_alarms *chunk = crl_alloc(sizeof *chunk);

	if (chunk == NULL)
		return false;
	chunk->next = NULL;
	chunk->count = 0;
	if (slot->last == NULL)
		slot->first = chunk;
	else
		slot->last->next = chunk;
	slot->last = chunk;
	return true;
}

/* Put it where it belongs, if its tick is still to come; false: it is not, or there is no memory. */
static bool
put_in_slot(crl_timers *timers, crl_timer *timer, int64_t when)
{
	const uint64_t tick = tick_of(when);
	crl_alarm *entry;
	crl_slot *slot;

	if (tick <= timers->tick)
		return false;
	slot = use_slot(timers, place_of(timers, tick));
	if ((slot->last == NULL || slot->last->count == CHUNK) && !grow(slot))
		return false;
	slot->count += slot->count < UINT32_MAX;
	entry = &slot->last->entries[slot->last->count++];
	entry->when = when;
	entry->timer = timer;
	timer->entry = entry;
	return true;
}

static void
put_in_heap(crl_timers *timers, crl_timer *timer)
{
	timer->child = NULL;
	timer->next = NULL;
	crl_heap_add(&timers->top, timer);
	timers->near++;
}

void
crl_timers_add(crl_timers *timers, crl_timer *timer, int64_t when)
{
	timer->when = when;
	timer->sequence = timers->sequence++;
	if (timers->near >= FEW) {
		if (timers->far == 0)
			restart(timers);
		if (put_in_slot(timers, timer, when)) {
			timer->child = timer->prev = timer;
			timers->far++;
			return;
		}
		settle(timers);
	}
	put_in_heap(timers, timer);
}

/* The timers of a chunk, and what they are a part of, will be looked at: have all of them fetched at the
 * same time. */
static void
fetch(const crl_alarms *chunk)
{
	for (size_t i = 0; i < chunk->count; i++) {
		const uintptr_t timer = (uintptr_t)chunk->entries[i].timer;

		__builtin_prefetch((const void *)(timer - CRL_CACHE_LINE / 2), 1);
		__builtin_prefetch((const void *)timer, 1);
		__builtin_prefetch((const void *)(timer + CRL_CACHE_LINE / 2), 1);
	}
}

/* Put all timers of these chunks where they belong now, and free the chunks. */
static void
spread(crl_timers *timers, crl_alarms *chunk)
{
	for (; chunk != NULL; chunk = free_chunk(chunk)) {
		fetch(chunk);
		for (size_t i = 0; i < chunk->count; i++) {
			const crl_alarm *entry = &chunk->entries[i];

			if (entry->timer == NULL || put_in_slot(timers, entry->timer, entry->when))
				continue;
			put_in_heap(timers, entry->timer);
			timers->far--;
		}
	}
}

static void
leave_gap(crl_timers *timers, crl_timer *timer)
{
	const place at = place_of(timers, tick_of(timer->when));
	crl_slot *slot = &timers->slots[at.level][at.digit];

	timer->entry->timer = NULL;
	slot->gaps += slot->gaps < UINT32_MAX;
	timers->far--;
	if (slot->gaps > CHUNK && slot->gaps > slot->count / 2)
		spread(timers, take_slot(timers, at));
	settle(timers);
}

void
crl_timers_remove(crl_timers *timers, crl_timer *timer)
{
	if (timer->prev == NULL)
		return;
	if (timer->child == timer) {
		leave_gap(timers, timer);
		timer->prev = NULL;
	} else {
		/* What was below one that is aside may go back to the others: it is put aside again. */
		crl_heap_remove(timer == timers->aside ? &timers->aside : &timers->top, timer);
		timers->near--;
	}
}

/* The entries of a chunk by their deadlines, equals as they are. They are few, and beside each other. */
static void
sort_chunk(crl_alarms *chunk)
{
	crl_alarm *entries = chunk->entries;

	for (size_t i = 1; i < chunk->count; i++) {
		const crl_alarm entry = entries[i];
		size_t at = i;

		for (; at > 0 && entries[at - 1].when > entry.when; at--)
			entries[at] = entries[at - 1];
		entries[at] = entry;
	}
}

/* All timers of these chunks into the heap; free the chunks. */
static void
bring_near(crl_timers *timers, crl_alarms *chunk)
{
	crl_sorting sorting = {.used = 0};
	size_t n = 0;

	for (; chunk != NULL; chunk = free_chunk(chunk)) {
		fetch(chunk);
		sort_chunk(chunk);
		for (size_t i = 0; i < chunk->count; i++) {
			crl_timer *timer = chunk->entries[i].timer;

			if (timer == NULL)
				continue;
			crl_sort(&sorting, timer);
			n++;
		}
	}
	if (n > 0)
		crl_heap_add(&timers->top, crl_sort_end(&sorting));
	timers->near += n;
	timers->far -= n;
}

/* Open the first slot: `tick` goes on to its beginning. */
static void
open_first(crl_timers *timers)
{
	const place at = first_place(timers);
	const crl_slot *slot = &timers->slots[at.level][at.digit];
	const bool split = at.level > 0 && slot->count - slot->gaps > FEW;
	crl_alarms *chunks = take_slot(timers, at);

	timers->tick = tick_of(timers->opens);
	timers->opens = timers->levels != 0 ? begin_of(timers, first_place(timers)) : CRL_NEVER;
	if (split)
		spread(timers, chunks);
	else
		bring_near(timers, chunks);
	settle(timers);
}

/* None is due: those that had to wait for this are timers like others again. */
static void
end_due(crl_timers *timers, int64_t now)
{
	if (timers->aside != NULL)
		crl_heap_add(&timers->top, timers->aside);
	timers->aside = NULL;
	if (timers->far > 0 && tick_of(now) > timers->tick)
		timers->tick = tick_of(now);
}

crl_timer *
crl_timers_due(crl_timers *timers, int64_t now, uint64_t until)
{
	for (;;) {
		crl_timer *top;

		while (timers->far > 0 && timers->opens <= now &&
			(timers->top == NULL || timers->top->when >= timers->opens))
			open_first(timers);
		top = timers->top;
		if (top == NULL || top->when > now) {
			end_due(timers, now);
			return NULL;
		}
		crl_heap_remove(&timers->top, top);
		if (crl_likely(top->sequence < until)) {
			timers->near--;
			return top;
		}
		top->child = NULL;
		top->next = NULL;
		crl_heap_add(&timers->aside, top);
	}
}

int64_t
crl_timers_next(const crl_timers *timers)
{
	const int64_t near = timers->top != NULL ? timers->top->when : CRL_NEVER;

	return timers->far > 0 && timers->opens < near ? timers->opens : near;
}
