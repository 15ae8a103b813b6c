/* SPDX-License-Identifier: MIT */
/* context.c: the keys of the values that tasks carry, and what the program sets and gets; values.h has the rest. */
#include "base/context.h"
#include "base/mem.h"
#include "sync/local.h"
#include "task/task.h"
#include "task/values.h"

/* The last key's. Relaxed: a number alone. */
static crl_atomic(uint64_t) numbers;

creel_context_key *
creel_context_key_create(creel_drop_fn *drop)
{
	creel_context_key *key = crl_alloc(sizeof *key);

	if (key == NULL) {
		crl_report(CREEL_ENOMEM, "no memory for a key");
		return NULL;
	}
	key->number = crl_fetch_add(&numbers, 1, relaxed) + 1;
	key->drop = drop;
	crl_store(&crl_values_in_use, true, relaxed);
	return key;
}

void
creel_context_key_destroy(creel_context_key *key)
{
	crl_free(key);
}

/* A plain thread ends. */
static void
let_go(void *context)
{
	crl_values_replace(context, NULL);
}

static crl_local ending = {.end = let_go};

/* Does the caller run in this context as a task, or as a plain thread? */
static bool
may_have_values(const crl_context *context)
{
	return context->inhibited == 0 && (crl_strand_self() == NULL || crl_task_self() != NULL);
}

/* Once it has a value, a thread must let go of that. */
static bool
prepare(crl_context *context)
{
	return crl_strand_self() != NULL || crl_values_at(context) != NULL ||
	       crl_local_set(&ending, context);
}

creel_status
creel_context_set(creel_context_key *key, void *value)
{
	crl_context *context = crl_context_self();
	crl_values *values;

	if (key == NULL)
		return crl_report(CREEL_EINVAL, "the key is NULL");
	if (!may_have_values(context))
		return crl_report(CREEL_ESTATE, "values are set by tasks and threads");
	if (!prepare(context) || !crl_values_with(crl_values_at(context), key, value, &values))
		return crl_report(CREEL_ENOMEM, "no memory for a value");
	crl_values_replace(context, values);
	return CREEL_OK;
}

void *
creel_context_get(const creel_context_key *key)
{
	if (key == NULL) {
		crl_report(CREEL_EINVAL, "the key is NULL");
		return NULL;
	}
	return crl_values_find(crl_values_of_caller(), key);
}
