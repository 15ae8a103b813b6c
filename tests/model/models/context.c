/* SPDX-License-Identifier: MIT */
/*
 * context.c: tables of values: one is replaced while others take references to it, and several let go of one at the
 * same time. A value is a block of memory, freed with it: whoever reads one that is gone is found.
 */
#include "base/mem.h"
#include "models/models.h"
#include "task/values.h"

#include <stddef.h>

static crl_context context;
static const creel_context_key key = {1, crl_free}, other_key = {2, crl_free};

static crl_values *
table_with(const crl_values *values, const creel_context_key *of, int number)
{
	int *value = crl_alloc(sizeof *value);
	crl_values *made;

	*value = number;
	MODEL_CHECK(crl_values_with(values, of, value, &made));
	return made;
}

static void
set(int number)
{
	crl_values_replace(&context, table_with(crl_values_at(&context), &key, number));
}

static int
number_in(const crl_values *values)
{
	const int *number = crl_values_find(values, &key);

	return number != NULL ? *number : 0;
}

static void *
begin_part(void *arg)
{
	crl_values *values = crl_values_share(&context);
	const int number = number_in(values);

	MODEL_CHECK(number >= *(const int *)arg && number <= 2);
	crl_values_unref(values);
	return NULL;
}

/* Two parts begin while the value is set, which was another before. */
void
model_context_part(void)
{
	static const int least = 1;
	int threads[2];

	set(1);
	for (int i = 0; i < 2; i++)
		threads[i] = model_go(begin_part, (void *)(uintptr_t)&least);
	set(2);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
	crl_values_replace(&context, NULL);
}

/* A part begins while the first value is set, and the value is taken away. */
void
model_context_first(void)
{
	static const int least = 0;
	int thread = model_go(begin_part, (void *)(uintptr_t)&least);

	set(1);
	crl_values_replace(&context, NULL);
	model_join(thread);
}

static void *
add_and_let_go(void *arg)
{
	crl_values *own = table_with(arg, &other_key, 3);

	MODEL_CHECK(number_in(own) == 1);
	crl_values_unref(arg);
	MODEL_CHECK(number_in(own) == 1);
	crl_values_unref(own);
	return NULL;
}

/* Two have a table, each makes another one of it, and all let go. */
void
model_context_shared(void)
{
	crl_values *values = table_with(NULL, &key, 1);
	int threads[2];

	for (int i = 0; i < 2; i++)
		threads[i] = model_go(add_and_let_go, crl_values_ref(values));
	crl_values_unref(values);
	for (int i = 0; i < 2; i++)
		model_join(threads[i]);
}
