/* SPDX-License-Identifier: MIT */
/* mailbox.c: two senders, one owner who parks until it has all letters. */
#include "models/models.h"
#include "queue/mailbox.h"
#include "sync/parker.h"

#define LETTERS 2

static crl_mailbox mailbox;

/* All that is in it, oldest first, linked; NULL: nothing. */
static crl_letter *
take_all(crl_mailbox *from)
{
	crl_letters letters = {NULL, NULL, 0};

	crl_mailbox_collect(from, &letters);
	return letters.first;
}
static crl_parker *parker;
static struct {
	crl_letter letter;
	int sender, number;
} letters[2][LETTERS];

static void *
sender(void *arg)
{
	const int me = model_self() - 1;

	for (int i = 0; i < LETTERS; i++) {
		letters[me][i].sender = me;
		letters[me][i].number = i;
		crl_mailbox_push(&mailbox, &letters[me][i].letter);
		crl_unpark(parker);
	}
	return arg;
}

/* Every letter arrives once, those of one sender in order. */
void
model_mailbox(void)
{
	int threads[2], next[2] = {0, 0}, count = 0;

	model_name(&mailbox, "mailbox");
	parker = crl_parker_get();
	for (int i = 0; i < 2; i++)
		threads[i] = model_go(sender, NULL);
	while (count < 2 * LETTERS) {
		crl_letter *letter = take_all(&mailbox);

		if (letter == NULL)
			crl_park(parker, CRL_NEVER);
		for (; letter != NULL; letter = letter->next, count++) {
			const int from = ((const int *)(letter + 1))[0];
			const int number = ((const int *)(letter + 1))[1];

			MODEL_CHECK(number == next[from]);
			next[from]++;
		}
	}
	MODEL_CHECK(take_all(&mailbox) == NULL);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	crl_parker_put(parker);
}
