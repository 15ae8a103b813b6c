/* SPDX-License-Identifier: MIT */
/* values.c: see values.h. */
#include "task/values.h"

#include "base/mem.h"
#include "sync/spin.h"

#include <stddef.h>

#define LOCK CRL_VALUES_LOCK

/* A value of a key, which stands in one table or more. */
typedef struct value {
	crl_atomic(size_t) refs;
	creel_context_key key; /* a copy: the key may be destroyed first */
	void *what;
} value;

struct crl_values {
	crl_atomic(size_t) refs;
	size_t n;
	value *of[]; /* one of a key */
};

crl_atomic(bool) crl_values_in_use;

static value *
make_value(const creel_context_key *key, void *what)
{
	value *made = crl_alloc(sizeof *made);

	if (made == NULL)
		return NULL;
	crl_store(&made->refs, 1, relaxed); /* not shared yet */
	made->key = *key;
	made->what = what;
	return made;
}

static void
unref_value(value *v)
{
	if (crl_fetch_sub(&v->refs, 1, acq_rel) != 1) /* [CV1] */
		return;
	crl_call_inhibited(v->key.drop, v->what);
	crl_free(v);
}

crl_values *
crl_values_ref(crl_values *values)
{
	if (values != NULL)
		crl_fetch_add(&values->refs, 1, relaxed); /* from a reference that exists */
	return values;
}

void
crl_values_unref(crl_values *values)
{
	if (values == NULL || crl_fetch_sub(&values->refs, 1, acq_rel) != 1) /* [CV1] */
		return;
	for (size_t i = 0; i < values->n; i++)
		unref_value(values->of[i]);
	crl_free(values);
}

/* Where the key's value stands; n: it has none. */
static size_t
place_of(const crl_values *values, const creel_context_key *key)
{
	size_t i = 0;

	while (i < values->n && values->of[i]->key.number != key->number)
		i++;
	return i;
}

void *
crl_values_find(const crl_values *values, const creel_context_key *key)
{
	size_t i;

	if (values == NULL)
		return NULL;
	i = place_of(values, key);
	return i < values->n ? values->of[i]->what : NULL;
}

/* A table of all values but the one at `without`, with room for one more; NULL: no memory. */
static crl_values *
copy(const crl_values *values, size_t without)
{
	const size_t n = values != NULL ? values->n : 0;
	crl_values *made;
	size_t size;

	if (!crl_size_of(&size, sizeof *made, n + 1, sizeof(value *)) ||
		(made = crl_alloc(size)) == NULL)
		return NULL;
	crl_store(&made->refs, 1, relaxed); /* not shared yet */
	made->n = 0;
	for (size_t i = 0; i < n; i++) {
		if (i == without)
			continue;
		crl_fetch_add(&values->of[i]->refs, 1, relaxed); /* from a reference that exists */
		made->of[made->n++] = values->of[i];
	}
	return made;
}

bool
crl_values_with(
	const crl_values *values, const creel_context_key *key, void *what, crl_values **made)
{
	const size_t n = values != NULL ? values->n : 0;
	const size_t at = n > 0 ? place_of(values, key) : 0;
	value *v = NULL;

	*made = NULL;
	if (what == NULL && n - (at < n) == 0)
		return true; /* nothing is left */
	if (what != NULL && (v = make_value(key, what)) == NULL)
		return false;
	if ((*made = copy(values, at)) == NULL) {
		crl_free(v);
		return false;
	}
	if (v != NULL)
		(*made)->of[(*made)->n++] = v;
	return true;
}

void
crl_values_replace(crl_context *context, crl_values *values)
{
	crl_values *old = crl_values_at(context);
	uintptr_t place = (uintptr_t)old;
	unsigned spins = 0;

	while (!crl_cas_weak(&context->values, &place, (uintptr_t)values, acq_rel, /* [CV2] [CV3] */
		relaxed)) {
		if (place & LOCK)
			crl_spin(&spins);
		place = (uintptr_t)old;
	}
	crl_values_unref(old);
}

/* Set LOCK, and return what the place holds else; 0, and it is not set: there is no table. */
static uintptr_t
lock_place(crl_context *context)
{
	uintptr_t place = crl_load(&context->values, relaxed);
	unsigned spins = 0;

	while (place != 0) {
		if (place & LOCK) {
			crl_spin(&spins);
			place = crl_load(&context->values, relaxed);
		} else if (crl_cas_weak(&context->values, &place, place | LOCK, acquire, /* [CV2] */
				   relaxed)) {
			return place;
		}
	}
	return 0;
}

crl_values *
crl_values_share(crl_context *context)
{
	const uintptr_t place = lock_place(context);
	crl_values *values;

	if (place == 0)
		return NULL;
	values = crl_values_ref((crl_values *)place);
	crl_store(&context->values, place, release); /* [CV3] */
	return values;
}

crl_values *
crl_values_of_caller(void)
{
	const crl_context *context = crl_context_self();

	return context->inhibited == 0 ? crl_values_at(context) : NULL;
}
