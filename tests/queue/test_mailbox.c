/* SPDX-License-Identifier: MIT */
/* test_mailbox.c: letters arrive once, in the order of their senders, with what was written. */
#include "base/atomic.h"

#include <sched.h>

/* The mailbox as it is compiled here gives the processor away before some of its accesses, so that
 * others come between. */
static void
dawdle(void)
{
	static _Thread_local unsigned accesses;

	if (++accesses % 61 == 0)
		sched_yield();
}

#undef crl_load
#undef crl_store
#undef crl_exchange
#define crl_load(p, order) (dawdle(), atomic_load_explicit((p), memory_order_##order))
#define crl_store(p, v, order) (dawdle(), atomic_store_explicit((p), (v), memory_order_##order))
#define crl_exchange(p, v, order) \
	(dawdle(), atomic_exchange_explicit((p), (v), memory_order_##order))

#include "queue/mailbox.h"

#include "base/attr.h"
#include "support/gate.h"
#include "support/scale.h"
#include "support/suite.h"

#include <stdbool.h>
#include <stdlib.h>

typedef struct mail {
	crl_letter letter;
	int sender;
	int number; /* plain: published by the push */
	crl_atomic(bool) posted;
} mail;

static mail *
mail_of(crl_letter *letter)
{
	return CRL_CONTAINER_OF(letter, mail, letter);
}

static crl_mailbox mailbox;

/* All that is in it, oldest first, linked; NULL: nothing. */
static crl_letter *
take_all(crl_mailbox *from)
{
	crl_letters letters = {NULL, NULL, 0};

	crl_mailbox_collect(from, &letters);
	return letters.first;
}

START_TEST(an_empty_one_has_nothing)
{
	mail m = {.number = 1};

	ck_assert_ptr_null(take_all(&mailbox));
	crl_mailbox_push(&mailbox, &m.letter);
	ck_assert_ptr_eq(take_all(&mailbox), &m.letter);
	ck_assert_ptr_null(m.letter.next);
	ck_assert_ptr_null(take_all(&mailbox));
}
END_TEST

START_TEST(all_are_taken_oldest_first)
{
	mail mails[10];
	crl_letter *letter;

	for (int n = 1; n <= 10; n++) {
		for (int i = 0; i < n; i++)
			crl_mailbox_push(&mailbox, &mails[i].letter);
		letter = take_all(&mailbox);
		for (int i = 0; i < n; i++, letter = letter->next)
			ck_assert_ptr_eq(letter, &mails[i].letter);
		ck_assert_ptr_null(letter);
		ck_assert_ptr_null(take_all(&mailbox));
	}
}
END_TEST

#define SENDERS 4
#define EACH SCALE_TIMES(100000)

typedef struct sender {
	int number;
	mail *mails;
	pthread_t thread;
} sender;

static gate start = GATE_INIT;
static crl_atomic(int) sending = SENDERS;

static void *
send_each(void *arg)
{
	sender *self = arg;

	gate_pass(&start);
	for (int i = 0; i < EACH; i++) {
		self->mails[i].sender = self->number;
		self->mails[i].number = i;
		crl_mailbox_push(&mailbox, &self->mails[i].letter);
	}
	crl_fetch_sub(&sending, 1, release);
	return NULL;
}

/* Take everything. False if something came out of its sender's order. */
static bool
take_in_order(int received[SENDERS])
{
	bool in_order = true;

	for (;;) {
		bool last = crl_load(&sending, acquire) == 0;
		crl_letter *letter = take_all(&mailbox);

		if (letter == NULL && last)
			return in_order;
		if (letter == NULL)
			sched_yield();
		for (; letter != NULL; letter = letter->next) {
			mail *m = mail_of(letter);

			in_order = in_order && m->number == received[m->sender];
			received[m->sender]++;
		}
	}
}

START_TEST(each_senders_letters_arrive_in_order)
{
	sender senders[SENDERS];
	int received[SENDERS] = {0};
	bool in_order;

	for (int i = 0; i < SENDERS; i++) {
		senders[i] = (sender){.number = i};
		senders[i].mails = malloc(EACH * sizeof(mail));
		ck_assert_ptr_nonnull(senders[i].mails);
		ck_assert_int_eq(
			pthread_create(&senders[i].thread, NULL, send_each, &senders[i]), 0);
	}
	gate_await_arrivals(&start, SENDERS);
	gate_open(&start);
	in_order = take_in_order(received);
	for (int i = 0; i < SENDERS; i++) {
		pthread_join(senders[i].thread, NULL);
		free(senders[i].mails);
		ck_assert_int_eq(received[i], EACH); /* none is lost, none comes twice */
	}
	ck_assert(in_order);
}
END_TEST

/* A letter is its sender's again as soon as it was taken: the same few addresses, again and again. */
#define LETTERS 2
#define ROUNDS SCALE_TIMES(50000)

static mail recycled[SENDERS][LETTERS];

static void *
send_again_and_again(void *arg)
{
	mail *mails = arg;

	gate_pass(&start);
	for (int i = 0; i < ROUNDS; i++) {
		mail *m = &mails[i % LETTERS];

		while (crl_load(&m->posted, acquire))
			sched_yield();
		m->number = i;
		crl_store(&m->posted, true, relaxed);
		crl_mailbox_push(&mailbox, &m->letter);
	}
	return NULL;
}

/* Like a runner: read what is needed of a letter, then give it back. */
static int
take_and_give_back(int received[SENDERS])
{
	crl_letter *letter = take_all(&mailbox), *next;
	int n = 0;

	for (; letter != NULL; letter = next, n++) {
		mail *m = mail_of(letter);

		next = letter->next;
		if (m->number == received[m->sender])
			received[m->sender]++;
		crl_store(&m->posted, false, release);
	}
	return n;
}

START_TEST(letters_can_be_sent_again)
{
	pthread_t threads[SENDERS];
	int received[SENDERS] = {0}, total = 0;

	for (int i = 0; i < SENDERS; i++) {
		for (int j = 0; j < LETTERS; j++)
			recycled[i][j].sender = i;
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, send_again_and_again, recycled[i]), 0);
	}
	gate_await_arrivals(&start, SENDERS);
	gate_open(&start);
	while (total < SENDERS * ROUNDS) {
		int n = take_and_give_back(received);

		total += n;
		if (n == 0)
			sched_yield();
	}
	for (int i = 0; i < SENDERS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_ptr_null(take_all(&mailbox));
	for (int i = 0; i < SENDERS; i++)
		ck_assert_int_eq(received[i], ROUNDS);
}
END_TEST

CREEL_SUITE("creel.queue.mailbox", an_empty_one_has_nothing, all_are_taken_oldest_first,
	each_senders_letters_arrive_in_order, letters_can_be_sent_again)
