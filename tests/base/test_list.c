/* SPDX-License-Identifier: MIT */
/* test_list.c: the linked list, by hand and against an array. */
#include "base/list.h"

#include "base/attr.h"
#include "support/suite.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NODES 24

typedef struct item {
	int number;
	crl_list link;
} item;

static item items[NODES];
static crl_list list, other;

static void
prepare(void)
{
	crl_list_init(&list);
	crl_list_init(&other);
	for (int i = 0; i < NODES; i++) {
		items[i].number = i;
		crl_list_init(&items[i].link);
	}
}

static int
number_of(crl_list *node)
{
	return CRL_CONTAINER_OF(node, item, link)->number;
}

/* Does the list hold the n numbers, in both directions? */
static bool
holds(crl_list *head, const int *numbers, int n)
{
	int i = 0;

	CRL_LIST_EACH (node, head) {
		if (i == n || number_of(node) != numbers[i++])
			return false;
	}
	if (i != n)
		return false;
	for (crl_list *back = head->prev; back != head; back = back->prev)
		if (i == 0 || number_of(back) != numbers[--i])
			return false;
	return i == 0 && crl_list_empty(head) == (n == 0);
}

#define ASSERT_LIST(head, ...) \
	ck_assert(holds((head), (const int[]){__VA_ARGS__}, \
		(int)(sizeof(int[]){__VA_ARGS__} / sizeof(int))))

START_TEST(a_new_list_is_empty)
{
	prepare();
	ck_assert(holds(&list, NULL, 0));
	ck_assert_ptr_null(crl_list_pop_front(&list));
}
END_TEST

START_TEST(pushes_go_to_both_ends)
{
	prepare();
	crl_list_push_back(&list, &items[1].link);
	crl_list_push_back(&list, &items[2].link);
	crl_list_push_front(&list, &items[0].link);
	ASSERT_LIST(&list, 0, 1, 2);
}
END_TEST

START_TEST(pop_takes_from_the_front)
{
	prepare();
	for (int i = 0; i < 3; i++)
		crl_list_push_back(&list, &items[i].link);
	for (int i = 0; i < 3; i++) {
		crl_list *node = crl_list_pop_front(&list);

		ck_assert_ptr_eq(node, &items[i].link);
		ck_assert(crl_list_empty(node));
	}
	ck_assert_ptr_null(crl_list_pop_front(&list));
	crl_list_push_back(&list, &items[0].link);
	ASSERT_LIST(&list, 0);
}
END_TEST

START_TEST(unlink_takes_out_any)
{
	prepare();
	for (int i = 0; i < 5; i++)
		crl_list_push_back(&list, &items[i].link);
	crl_list_unlink(&items[2].link);
	ASSERT_LIST(&list, 0, 1, 3, 4);
	crl_list_unlink(&items[0].link);
	ASSERT_LIST(&list, 1, 3, 4);
	crl_list_unlink(&items[4].link);
	ASSERT_LIST(&list, 1, 3);
	crl_list_unlink(&items[1].link);
	crl_list_unlink(&items[3].link);
	ck_assert(holds(&list, NULL, 0));
}
END_TEST

START_TEST(unlinking_twice_is_harmless)
{
	prepare();
	for (int i = 0; i < 3; i++)
		crl_list_push_back(&list, &items[i].link);
	for (int times = 0; times < 3; times++)
		crl_list_unlink(&items[1].link);
	ASSERT_LIST(&list, 0, 2);
	crl_list_unlink(&items[7].link); /* never was in */
	ASSERT_LIST(&list, 0, 2);
	crl_list_push_front(&list, &items[1].link);
	ASSERT_LIST(&list, 1, 0, 2);
}
END_TEST

START_TEST(splice_appends_in_order)
{
	prepare();
	crl_list_splice(&list, &other); /* nothing to nothing */
	ck_assert(holds(&list, NULL, 0));
	for (int i = 0; i < 3; i++)
		crl_list_push_back(&other, &items[i].link);
	crl_list_splice(&list, &other); /* to nothing */
	ASSERT_LIST(&list, 0, 1, 2);
	ck_assert(holds(&other, NULL, 0));
	crl_list_splice(&list, &other); /* nothing */
	ASSERT_LIST(&list, 0, 1, 2);
	crl_list_push_back(&other, &items[8].link);
	crl_list_push_back(&other, &items[9].link);
	crl_list_splice(&list, &other);
	ASSERT_LIST(&list, 0, 1, 2, 8, 9);
	ck_assert(holds(&other, NULL, 0));
	crl_list_unlink(&items[8].link);
	ASSERT_LIST(&list, 0, 1, 2, 9);
}
END_TEST

START_TEST(each_safe_lets_nodes_go)
{
	int next = 0;

	prepare();
	for (int i = 0; i < 4; i++) {
		item *fresh = malloc(sizeof *fresh);

		fresh->number = i;
		crl_list_push_back(&list, &fresh->link);
	}
	CRL_LIST_EACH_SAFE (node, &list) {
		item *present = CRL_CONTAINER_OF(node, item, link);

		ck_assert_int_eq(present->number, next++);
		crl_list_unlink(node);
		free(present);
	}
	ck_assert_int_eq(next, 4);
	ck_assert(holds(&list, NULL, 0));
	CRL_LIST_EACH_SAFE (node, &list)
		ck_abort_msg("an empty list has a node: %p", (void *)node);
}
END_TEST

static uint64_t seed;

static int
below(int n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (int)(seed % (uint64_t)n);
}

/* The oracle: the same list as an array. */
typedef struct oracle {
	int numbers[NODES];
	int count;
} oracle;

static void
oracle_insert(oracle *o, int at, int number)
{
	memmove(&o->numbers[at + 1], &o->numbers[at], (size_t)(o->count - at) * sizeof(int));
	o->numbers[at] = number;
	o->count++;
}

static void
oracle_remove(oracle *o, int number)
{
	int left = 0;

	for (int i = 0; i < o->count; i++)
		if (o->numbers[i] != number)
			o->numbers[left++] = o->numbers[i];
	o->count = left;
}

static void
random_step(oracle *o)
{
	int number = below(NODES);
	crl_list *node = &items[number].link;

	switch (crl_list_empty(node) ? below(2) : 2 + below(2)) {
	case 0:
		crl_list_push_back(&list, node);
		oracle_insert(o, o->count, number);
		break;
	case 1:
		crl_list_push_front(&list, node);
		oracle_insert(o, 0, number);
		break;
	case 2:
		crl_list_unlink(node);
		oracle_remove(o, number);
		break;
	default:
		node = crl_list_pop_front(&list);
		ck_assert_int_eq(number_of(node), o->numbers[0]);
		oracle_remove(o, o->numbers[0]);
		break;
	}
}

START_TEST(agrees_with_an_array)
{
	for (int run = 1; run <= 5; run++) {
		oracle o = {.count = 0};

		prepare();
		seed = (uint64_t)run * 0x9e3779b97f4a7c15;
		for (int step = 0; step < 2000; step++) {
			random_step(&o);
			ck_assert(holds(&list, o.numbers, o.count));
		}
	}
}
END_TEST

CREEL_SUITE("creel.base.list", a_new_list_is_empty, pushes_go_to_both_ends,
	pop_takes_from_the_front, unlink_takes_out_any, unlinking_twice_is_harmless,
	splice_appends_in_order, each_safe_lets_nodes_go, agrees_with_an_array)
