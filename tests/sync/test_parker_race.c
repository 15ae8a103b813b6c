/* SPDX-License-Identifier: MIT */
/* test_parker_race.c: parking against unparking, many times over. A wake-up that is lost ends in the
 * test's timeout. */
#include "sync/parker.h"

#include "base/clock.h"
#include "support/gate.h"
#include "support/scale.h"
#include "support/suite.h"

#include <creel/time.h>

#include <sched.h>

#define HANDOVERS SCALE_TIMES(100000)

static crl_atomic(int) turn;
static int played; /* by whoever's turn it is */

/* One of two who hand the turn over to each other. */
typedef struct player {
	crl_parker *parker;
	struct player *other;
	int number; /* 0 or 1: plays when the turn is of that parity */
} player;

static void *
play(void *arg)
{
	player *self = arg;

	for (int mine = self->number; mine < HANDOVERS; mine += 2) {
		while (crl_load(&turn, acquire) != mine)
			crl_park(self->parker, CRL_NEVER);
		played++;
		crl_store(&turn, mine + 1, release);
		crl_unpark(self->other->parker);
	}
	return NULL;
}

START_TEST(two_hand_over_to_each_other)
{
	player players[2];
	pthread_t thread;

	for (int i = 0; i < 2; i++)
		players[i] = (player){crl_parker_get(), &players[!i], i};
	ck_assert_int_eq(pthread_create(&thread, NULL, play, &players[1]), 0);
	play(&players[0]);
	pthread_join(thread, NULL);
	ck_assert_int_eq(played, HANDOVERS);
	ck_assert_int_eq(crl_load(&turn, relaxed), HANDOVERS);
	crl_parker_put(players[0].parker);
	crl_parker_put(players[1].parker);
}
END_TEST

#define WAKERS 4
#define EACH SCALE_TIMES(25000)

static gate begin = GATE_INIT;
static crl_atomic(int) sent;

static void *
send(void *arg)
{
	gate_pass(&begin);
	for (int i = 0; i < EACH; i++) {
		crl_fetch_add(&sent, 1, relaxed);
		crl_unpark(arg);
	}
	return NULL;
}

START_TEST(many_wake_one)
{
	crl_parker *parker = crl_parker_self();
	pthread_t threads[WAKERS];
	int parks = 0;

	for (int i = 0; i < WAKERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, send, parker), 0);
	gate_open(&begin);
	do {
		crl_park(parker, CRL_NEVER);
		parks++;
	} while (crl_load(&sent, relaxed) < WAKERS * EACH);
	for (int i = 0; i < WAKERS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_le(parks, WAKERS * EACH); /* at most one for each token */
}
END_TEST

/* The deadline comes at any point of the unpark. */
START_TEST(deadlines_race_with_wakers)
{
	crl_parker *parker = crl_parker_self();
	pthread_t threads[WAKERS];
	int64_t duration = 0;

	for (int i = 0; i < WAKERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, send, parker), 0);
	gate_open(&begin);
	while (crl_load(&sent, relaxed) < WAKERS * EACH) {
		crl_park(parker, crl_now() + duration);
		duration = (duration + 997) % CREEL_MICROSECONDS(20);
	}
	for (int i = 0; i < WAKERS; i++)
		pthread_join(threads[i], NULL);
	crl_park(parker, 0); /* a token may be left: one */
	duration = crl_deadline(CREEL_MILLISECONDS(1));
	crl_park(parker, duration);
	ck_assert_int_ge(crl_now(), duration);
}
END_TEST

/* The turns of a ping-pong, each wait with a deadline that comes at about the time of the unpark. */
static void *
play_hastily(void *arg)
{
	player *self = arg;
	int64_t duration = 0;

	for (int mine = self->number; mine < HANDOVERS / 4; mine += 2) {
		while (crl_load(&turn, acquire) != mine) {
			crl_park(self->parker, crl_now() + duration);
			duration = (duration + 997) % CREEL_MICROSECONDS(40);
		}
		played++;
		crl_store(&turn, mine + 1, release);
		crl_unpark(self->other->parker);
	}
	return NULL;
}

START_TEST(two_hand_over_within_deadlines)
{
	player players[2];
	pthread_t thread;

	for (int i = 0; i < 2; i++)
		players[i] = (player){crl_parker_get(), &players[!i], i};
	ck_assert_int_eq(pthread_create(&thread, NULL, play_hastily, &players[1]), 0);
	play_hastily(&players[0]);
	pthread_join(thread, NULL);
	ck_assert_int_eq(played, HANDOVERS / 4);
	crl_parker_put(players[0].parker);
	crl_parker_put(players[1].parker);
}
END_TEST

/* What wakers leave for the owner to read: plain words, published by their unparks alone. */
static crl_parker *reader;
static int words[WAKERS];
static crl_atomic(int) left;

static void *
write_and_unpark(void *arg)
{
	int *word = arg;

	gate_pass(&begin);
	*word = 1 + (int)(word - words);
	crl_unpark(reader);
	crl_fetch_add(&left, 1, relaxed); /* orders nothing: that is the token's part */
	return NULL;
}

/* All tokens merged into one, which carries what all its wakers did before. */
START_TEST(a_merged_token_publishes_for_all)
{
	pthread_t threads[WAKERS];

	reader = crl_parker_self();
	for (int i = 0; i < WAKERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, write_and_unpark, &words[i]), 0);
	gate_open(&begin);
	while (crl_load(&left, relaxed) < WAKERS)
		sched_yield();
	crl_park(reader, CRL_NEVER);
	for (int i = 0; i < WAKERS; i++)
		ck_assert_int_eq(words[i], 1 + i);
	for (int i = 0; i < WAKERS; i++)
		pthread_join(threads[i], NULL);
}
END_TEST

/* The same for an owner that was asleep. */
START_TEST(waking_publishes)
{
	pthread_t thread;

	reader = crl_parker_self();
	gate_open(&begin);
	ck_assert_int_eq(pthread_create(&thread, NULL, write_and_unpark, &words[0]), 0);
	crl_park(reader, CRL_NEVER);
	ck_assert_int_eq(words[0], 1);
	pthread_join(thread, NULL);
}
END_TEST

CREEL_SUITE("creel.sync.parker_race", two_hand_over_to_each_other, many_wake_one,
	deadlines_race_with_wakers, two_hand_over_within_deadlines,
	a_merged_token_publishes_for_all, waking_publishes)
