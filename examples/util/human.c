/* SPDX-License-Identifier: MIT */
/* human.c: numbers as people read them. */
#include "util/human.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct human
human_count(uint64_t n)
{
	struct human out = {""};
	char digits[24];
	size_t at = 0;
	size_t left;

	snprintf(digits, sizeof digits, "%" PRIu64, n);
	left = strlen(digits);
	for (const char *digit = digits; left > 0; left--) {
		out.text[at++] = *digit++;
		if (left > 1 && left % 3 == 1)
			out.text[at++] = ',';
	}
	return out;
}

struct human
human_bytes(uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	struct human out;
	double value = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1024) {
		snprintf(out.text, sizeof out.text, "%" PRIu64 " B", bytes);
		return out;
	}
	/* 999.5 would be printed as 1000. */
	while (value >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
		value /= 1024;
		unit++;
	}
	snprintf(out.text, sizeof out.text, "%.*f %s",
		value < 9.995   ? 2
		: value < 99.95 ? 1
				: 0,
		value, units[unit]);
	return out;
}

struct human
human_rate(uint64_t bytes, int64_t elapsed)
{
	struct human out = {"-"};
	double seconds = (double)elapsed / 1e9;

	if (elapsed > 0)
		snprintf(out.text, sizeof out.text, "%.20s/s",
			human_bytes((uint64_t)((double)bytes / seconds)).text);
	return out;
}

struct human
human_clock(int64_t duration)
{
	struct human out;
	int64_t seconds = duration / 1000000000;
	int minutes = (int)(seconds / 60 % 60);

	if (seconds >= 3600)
		snprintf(out.text, sizeof out.text, "%" PRId64 ":%02d:%02d", seconds / 3600,
			minutes, (int)(seconds % 60));
	else
		snprintf(out.text, sizeof out.text, "%d:%02d", minutes, (int)(seconds % 60));
	return out;
}
