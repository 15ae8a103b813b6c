/* SPDX-License-Identifier: MIT */
/*
 * letter.h: what can be ready to go on: a strand that has been resumed, or a job that is to begin. It
 * lives inside that, and is in one mailbox, queue or ready list at a time.
 */
#ifndef CRL_QUEUE_LETTER_H
#define CRL_QUEUE_LETTER_H

#include <stddef.h>
#include <stdint.h>

typedef enum crl_letter_kind { CRL_LETTER_STRAND, CRL_LETTER_JOB } crl_letter_kind;

typedef struct crl_letter {
	struct crl_letter *next;
	uint32_t flags; /* for whoever owns what this is part of */
	uint32_t kind;  /* a crl_letter_kind */
} crl_letter;

/* Letters, first in first out. One thread's own. */
typedef struct crl_letters {
	crl_letter *first, *last;
	size_t count;
} crl_letters;

static inline void
crl_letters_push(crl_letters *letters, crl_letter *letter)
{
	letter->next = NULL;
	if (letters->first == NULL)
		letters->first = letter;
	else
		letters->last->next = letter;
	letters->last = letter;
	letters->count++;
}

/* Put one before the others. */
static inline void
crl_letters_push_front(crl_letters *letters, crl_letter *letter)
{
	letter->next = letters->first;
	if (letters->first == NULL)
		letters->last = letter;
	letters->first = letter;
	letters->count++;
}

/* Append a chain of count letters; its last one's next is NULL afterwards. */
static inline void
crl_letters_append(crl_letters *letters, crl_letter *first, crl_letter *last, size_t count)
{
	last->next = NULL;
	if (letters->first == NULL)
		letters->first = first;
	else
		letters->last->next = first;
	letters->last = last;
	letters->count += count;
}

/* Append a chain whose newest letter comes first, the oldest first; it may be NULL. */
static inline void
crl_letters_append_turned(crl_letters *letters, crl_letter *newest)
{
	crl_letter *last = newest, *newer = NULL, *older;
	size_t count = 0;

	for (crl_letter *letter = newest; letter != NULL; letter = older) {
		older = letter->next;
		letter->next = newer;
		newer = letter;
		count++;
	}
	if (count > 0)
		crl_letters_append(letters, newer, last, count);
}

/* Move all of from behind those of to. */
static inline void
crl_letters_move(crl_letters *to, crl_letters *from)
{
	if (from->first == NULL)
		return;
	crl_letters_append(to, from->first, from->last, from->count);
	*from = (crl_letters){NULL, NULL, 0};
}

/* The oldest; NULL: there is none. */
static inline crl_letter *
crl_letters_take(crl_letters *letters)
{
	crl_letter *letter = letters->first;

	if (letter != NULL) {
		letters->first = letter->next;
		letters->count--;
		__builtin_prefetch(letter->next);
	}
	return letter;
}

#endif
