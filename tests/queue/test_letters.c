/* SPDX-License-Identifier: MIT */
/* test_letters.c: first in, first out, singly and in chains. */
#include "queue/letter.h"

#include "support/suite.h"

#define JOBS 64

static crl_letter mails[JOBS];
static crl_letters queue;

/* Append the letters [from, to), linked into one chain. */
static void
append(int from, int to)
{
	for (int i = from; i < to - 1; i++)
		mails[i].next = &mails[i + 1];
	mails[to - 1].next = &mails[0]; /* left over from another queue */
	crl_letters_append(&queue, &mails[from], &mails[to - 1], (size_t)(to - from));
}

static void
assert_taken(int from, int to)
{
	for (int i = from; i < to; i++)
		ck_assert_ptr_eq(crl_letters_take(&queue), &mails[i]);
}

START_TEST(nothing_comes_out_of_an_empty_one)
{
	ck_assert_ptr_null(crl_letters_take(&queue));
	append(0, 1);
	assert_taken(0, 1);
	ck_assert_ptr_null(crl_letters_take(&queue));
	ck_assert_ptr_null(crl_letters_take(&queue));
}
END_TEST

START_TEST(the_oldest_comes_first)
{
	for (int i = 0; i < 5; i++)
		append(i, i + 1);
	assert_taken(0, 5);
	ck_assert_ptr_null(crl_letters_take(&queue));
}
END_TEST

START_TEST(chains_keep_their_order)
{
	append(0, 3);
	append(3, 4);
	append(4, 9);
	assert_taken(0, 9);
	ck_assert_ptr_null(crl_letters_take(&queue));
}
END_TEST

/* What is left of the one before must not be appended to. */
START_TEST(can_be_filled_again)
{
	append(0, 3);
	assert_taken(0, 3);
	append(3, 5);
	assert_taken(3, 4);
	append(5, 6);
	assert_taken(4, 6);
	append(0, 1); /* a letter that was in before */
	assert_taken(0, 1);
	ck_assert_ptr_null(crl_letters_take(&queue));
}
END_TEST

static unsigned
next_random(unsigned *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

/* Letters go round and round; numbers tell how many went in and came out. */
START_TEST(agrees_with_a_counter)
{
	for (unsigned seed = 1; seed <= 5; seed++) {
		unsigned state = seed;
		int in = 0, out = 0;

		for (int step = 0; step < 10000; step++) {
			int n = 1 + (int)(next_random(&state) % 5);

			if (next_random(&state) % 2 == 0 && in - out + n <= JOBS &&
				in % JOBS + n <= JOBS) {
				append(in % JOBS, in % JOBS + n);
				in += n;
			} else if (in == out) {
				ck_assert_ptr_null(crl_letters_take(&queue));
			} else {
				ck_assert_ptr_eq(crl_letters_take(&queue), &mails[out++ % JOBS]);
			}
		}
		for (; out < in; out++)
			ck_assert_ptr_eq(crl_letters_take(&queue), &mails[out % JOBS]);
		ck_assert_ptr_null(crl_letters_take(&queue));
	}
}
END_TEST

CREEL_SUITE("creel.queue.letters", nothing_comes_out_of_an_empty_one, the_oldest_comes_first,
	chains_keep_their_order, can_be_filled_again, agrees_with_a_counter)
