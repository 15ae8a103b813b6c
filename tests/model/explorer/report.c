/* SPDX-License-Identifier: MIT */
/* report.c: what went wrong, by which choices, and how it came to it. */
#include "explorer/world.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NAMES 64

static struct {
	char finding[2048];
	char choices[32768];
	size_t length;
	struct {
		uintptr_t address;
		const char *name;
	} names[NAMES];
	int named;
} report;

void
report_reset(void)
{
	report.finding[0] = '\0';
	report.choices[0] = '\0';
	report.length = 0;
	report.named = 0;
}

void
report_choice(char what, unsigned value)
{
	const size_t room = sizeof report.choices - report.length;
	const int n = snprintf(report.choices + report.length, room, "%s%u%c%u",
		report.length > 0 ? "," : "", world.step, what, value);

	if (n > 0 && (size_t)n < room)
		report.length += (size_t)n;
}

const char *
report_replay_string(void)
{
	return report.choices;
}

const char *
report_finding(void)
{
	return report.finding;
}

void
finding(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(report.finding, sizeof report.finding, format, args);
	va_end(args);
	world_leave(RUN_FAILED);
}

void
model_fail(const char *file, int line, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	finding("%s:%d: thread %d: %s", file, line, world.self->id, text);
}

void
model_name(const void *address, const char *name)
{
	if (report.named == NAMES)
		return;
	report.names[report.named].address = (uintptr_t)address;
	report.names[report.named++].name = name;
}

/* Could both be in one object? Of what is not on the heap that is not known. */
static bool
same_object(uintptr_t a, uintptr_t b)
{
	return heap_block_of(a) == heap_block_of(b);
}

/* The last name that was given at or less than 256 bytes below; else the symbol; else the address. */
const char *
name_of(uintptr_t address)
{
	static char texts[4][160];
	static unsigned turn;
	char *text = texts[turn++ % 4];
	uintptr_t best = 256;
	const char *name = NULL;
	Dl_info info;

	for (int i = report.named; i-- > 0;) {
		const uintptr_t offset = address - report.names[i].address;

		if (offset < best && same_object(address, report.names[i].address)) {
			best = offset;
			name = report.names[i].name;
		}
	}
	if (name == NULL && address - image.data < image.data_end - image.data &&
		dladdr((const void *)address, &info) != 0 && info.dli_sname != NULL) {
		name = info.dli_sname;
		best = address - (uintptr_t)info.dli_saddr;
	}
	if (name != NULL && best == 0)
		snprintf(text, sizeof texts[0], "%s", name);
	else if (name != NULL)
		snprintf(text, sizeof texts[0], "%s+%u", name, (unsigned)best);
	else if (address - arena_at.heaps < arena_at.stacks - arena_at.heaps)
		snprintf(text, sizeof texts[0], "heap %d+%zu",
			(int)((address - arena_at.heaps) / HEAP_BYTES),
			(size_t)((address - arena_at.heaps) % HEAP_BYTES));
	else if (address - arena_at.stacks < arena_at.maps - arena_at.stacks)
		snprintf(text, sizeof texts[0], "stack %d-%zu",
			(int)((address - arena_at.stacks) / STACK_BYTES),
			STACK_BYTES - (size_t)((address - arena_at.stacks) % STACK_BYTES));
	else if (address - arena_at.maps < arena_at.end - arena_at.maps)
		snprintf(text, sizeof texts[0], "map+%zu", (size_t)(address - arena_at.maps));
	else if (address - image.base < image.data_end - image.base)
		snprintf(text, sizeof texts[0], "data+%zu", (size_t)(address - image.base));
	else
		snprintf(text, sizeof texts[0], "%p", (void *)address);
	return text;
}

static const char *
base_name(const char *file)
{
	const char *lib = strstr(file, "/lib/");
	const char *tests = strstr(file, "/tests/");

	return lib != NULL ? lib + 1 : tests != NULL ? tests + 1 : file;
}

/* A place in the code: a site's file and line, or, of a plain access, something for addr2line. */
const char *
place_of(const void *pc)
{
	static char texts[4][256];
	static unsigned turn;
	char *text = texts[turn++ % 4];
	const model_site *site = pc;
	Dl_info info;

	if ((size_t)((uintptr_t)pc - (uintptr_t)image.sites) <
		image.site_count * sizeof *image.sites)
		snprintf(text, sizeof texts[0], "%s:%d", base_name(site->file), site->line);
	else if (dladdr(pc, &info) != 0 && info.dli_sname != NULL)
		snprintf(text, sizeof texts[0], "%s+0x%zx (0x%zx)", info.dli_sname,
			(size_t)((uintptr_t)pc - (uintptr_t)info.dli_saddr),
			(size_t)((uintptr_t)pc - image.base));
	else
		snprintf(text, sizeof texts[0], "0x%zx", (size_t)((uintptr_t)pc - image.base));
	return text;
}

static const char *
order_name(const model_site *site)
{
	static const char *const names[] = {
		"relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst"};

	return site != NULL ? names[site->order] : "";
}

void
trace_operation(const operation *op, const char *format, ...)
{
	va_list args;
	int at;

	printf("%5u  %*s%d  ", world.step, world.self->id * 2, "", world.self->id);
	at = printf("%s", op->site != NULL   ? op->site->what
			  : op->what != NULL ? op->what
					     : "flush");
	if (op->at != NULL)
		at += printf(" [%s]", name_of(op->at->address));
	printf("%*s ", at < 44 ? 44 - at : 0, "");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	if (op->site != NULL)
		printf("  %s  %s", order_name(op->site), place_of(op->site));
	putchar('\n');
}
