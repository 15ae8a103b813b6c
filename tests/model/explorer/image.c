/* SPDX-License-Identifier: MIT */
/*
 * image.c: the checked code: a shared object of lib/ and the models. Each run begins with its data and
 * thread-locals as they were when it was loaded. Its thread-locals exist once, in the one thread of the
 * system; those of the model's threads that do not run are kept aside.
 */
#include "explorer/world.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

image_info image;

static char *saved_data;
static char *tls, *saved_tls, *spare_tls;

/* The writable segment, but for what the linker made read-only after relocation. */
static int
find_segments(struct dl_phdr_info *info, size_t size, void *path)
{
	uintptr_t relro = 0;

	(void)size;
	if (strcmp(info->dlpi_name, path) != 0)
		return 0;
	image.base = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];
		const uintptr_t begin = info->dlpi_addr + h->p_vaddr;

		if (h->p_type == PT_GNU_RELRO)
			relro = begin + h->p_memsz;
		if (h->p_type == PT_LOAD && h->p_flags & PF_W) {
			image.data = begin;
			image.data_end = begin + h->p_memsz;
			image.roots[1][0] = begin + h->p_filesz;
		}
		if (h->p_type == PT_TLS) {
			image.tls_size = h->p_memsz;
			tls = info->dlpi_tls_data;
		}
	}
	if (relro > image.data)
		image.data = relro;
	image.data = (image.data + 7) & ~(uintptr_t)7;
	return 1;
}

static void *
copy(const void *from, size_t size)
{
	void *to = malloc(size + 1);

	if (to == NULL)
		abort();
	return memcpy(to, from, size);
}

static void
save(void)
{
	saved_data = copy((const void *)image.data, image.data_end - image.data);
	saved_tls = copy(tls, image.tls_size);
	spare_tls = copy(tls, image.tls_size * THREADS);
	for (int i = 0; i < THREADS; i++)
		world.threads[i].tls = spare_tls + (size_t)i * image.tls_size;
}

const model *
image_load(const char *path)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const model_site *(*sites)(size_t *) = NULL;
	const struct link_map *map;

	if (handle == NULL) {
		fprintf(stderr, "model: %s\n", dlerror());
		return NULL;
	}
	sites = (const model_site *(*)(size_t *))(uintptr_t)dlsym(handle, "model_sites");
	if (sites != NULL)
		image.sites = sites(&image.site_count);
	if (sites == NULL || dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 ||
		dl_iterate_phdr(find_segments, map->l_name) == 0) {
		fprintf(stderr, "model: %s is not a library of models\n", path);
		return NULL;
	}
	if (image.site_count > SITES) {
		fprintf(stderr, "model: more than %d atomic accesses\n", SITES);
		return NULL;
	}
	image.roots[0][0] = image.data;
	image.roots[0][1] = (uintptr_t)dlsym(handle, "model_data_begins");
	image.roots[1][1] = (uintptr_t)dlsym(handle, "model_bss_begins");
	save();
	return dlsym(handle, "model_list");
}

/* The order that a place ends with, "=acquire" for example, and how long the place is without; or relaxed. */
static uint8_t
order_of(const char *where, size_t *length)
{
	static const char *const names[] = {
		"=relaxed", "=consume", "=acquire", "=release", "=acq_rel", "=seq_cst"};
	const char *end = strrchr(where, '=');

	*length = strlen(where);
	for (uint8_t order = 0; end != NULL && order < sizeof names / sizeof *names; order++)
		if (strcmp(end, names[order]) == 0) {
			*length = (size_t)(end - where);
			return order;
		}
	return 0;
}

/* A site's order becomes another: "FILE:LINE", or "FILE:LINE:WHAT", WHAT being how its expression begins; and
 * which. */
void
image_weaken(const char *where)
{
	char place[512];
	size_t n = 0, wanted;
	const uint8_t order = order_of(where, &wanted);

	for (size_t i = 0; i < image.site_count; i++) {
		model_site *site = (model_site *)(uintptr_t)&image.sites[i];
		const int length = snprintf(
			place, sizeof place, "%s:%d:%s", site->file, site->line, site->what);

		if (length > 0 && strncmp(place, where, wanted) == 0) {
			site->order = order;
			site->failure = 0;
			n++;
		}
	}
	if (n == 0) {
		fprintf(stderr, "model: there is no atomic access at %s\n", where);
		exit(2);
	}
	free(saved_data);
	saved_data = copy((const void *)image.data, image.data_end - image.data);
}

void
image_reset(void)
{
	memcpy((void *)image.data, saved_data, image.data_end - image.data);
}

void
image_reset_tls(model_thread *thread)
{
	memcpy(thread->tls, saved_tls, image.tls_size);
}

void
image_swap_tls(model_thread *from, model_thread *to)
{
	if (from != NULL)
		memcpy(from->tls, tls, image.tls_size);
	memcpy(tls, to->tls, image.tls_size);
}
