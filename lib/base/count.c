/* SPDX-License-Identifier: MIT */
/* count.c: see count.h. */
#include "base/count.h"

#ifdef CREEL_COUNT
#include "base/atomic.h"
#include "base/attr.h"

#include <stdio.h>

/* More threads than that count with the last. */
#define THREADS 1024

typedef struct sums {
	_Alignas(CRL_CACHE_LINE) unsigned long of[CRL_COUNT_KINDS];
} sums;

static sums threads[THREADS];
static crl_atomic(unsigned) made;
static CRL_HOT_TLS sums *own;

void
crl_count(crl_counted what)
{
	if (crl_unlikely(own == NULL)) {
		unsigned i = atomic_fetch_add_explicit(&made, 1, memory_order_relaxed);

		own = &threads[i < THREADS ? i : THREADS - 1];
	}
	own->of[what]++;
}

/* Others may be counting still; it need not be exact. */
__attribute__((destructor)) static void
print(void)
{
	static const char *const names[] = {
#define NAME(name, text) #name,
		CRL_COUNT_MAP(NAME)
#undef NAME
	};

	fputs("creel counted", stderr);
	for (int what = 0; what < CRL_COUNT_KINDS; what++) {
		unsigned long sum = 0;

		for (unsigned i = 0; i < THREADS; i++)
			sum += threads[i].of[what];
		fprintf(stderr, " %s=%lu", names[what], sum);
	}
	fputc('\n', stderr);
}
#else
/* A file must not be empty. */
extern int crl_count_is_off;
int crl_count_is_off = 1;
#endif
