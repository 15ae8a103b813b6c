/* SPDX-License-Identifier: MIT */
/* faulty.c: the list of the faulty programs, faulty.NAME, and of their twins, mended.NAME. */
#include "faulty/faulty.h"

bool faulty_mended;

void
faulty_two(void *(*first)(void *), void *(*second)(void *))
{
	const int threads[2] = {model_go(first, NULL), model_go(second, NULL)};

	model_join(threads[0]);
	model_join(threads[1]);
}

#define MENDED_RUN(id, name, text, ...) \
	static void mended_##id(void) \
	{ \
		faulty_mended = true; \
		faulty_##id(); \
	}
FAULTY_PROGRAMS(MENDED_RUN)

/* What a program says of itself comes last, so that it wins. */
#pragma GCC diagnostic ignored "-Woverride-init"
#define MODEL(which, fails, id, title, wrong, ...) \
	{.name = #which "." title, \
		.text = wrong, \
		.run = which##_##id, \
		.bound = 2, \
		.surprises = 1, \
		.must_fail = fails, \
		__VA_ARGS__},
#define FAULTY_MODEL(...) MODEL(faulty, true, __VA_ARGS__)
#define MENDED_MODEL(...) MODEL(mended, false, __VA_ARGS__)

__attribute__((visibility("default"))) const model model_list[] = {
	FAULTY_PROGRAMS(FAULTY_MODEL) FAULTY_PROGRAMS(MENDED_MODEL){.name = NULL},
};
