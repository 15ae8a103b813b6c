/* SPDX-License-Identifier: MIT */
/* sites.c: what every library of models has for the explorer. */
#include "explorer/hooks.h"

#include <stddef.h>

extern const model_site __start_model_sites[], __stop_model_sites[];

const model_site *model_sites(size_t *count);

/* To read it has the dynamic linker set up the thread-locals of this library. */
static _Thread_local volatile int first_touch __attribute__((tls_model("global-dynamic")));

/* For the explorer: all places where this library accesses an atomic. */
__attribute__((visibility("default"))) const model_site *
model_sites(size_t *count)
{
	*count = (size_t)(__stop_model_sites - __start_model_sites) + (size_t)first_touch;
	return __start_model_sites;
}

/* The linker puts the data of the models behind these, and that of lib/ before, since sites.c comes
 * between. What only a model still knows at the end of a run is a leak. */
__attribute__((visibility("default"), aligned(16))) char model_data_begins[16] = {1};
__attribute__((visibility("default"), aligned(16))) char model_bss_begins[16];
