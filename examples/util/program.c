/* SPDX-License-Identifier: MIT */
/* program.c: see program.h. */
#include "util/program.h"

#include <creel/creel.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
read_size(const char *text, size_t least, size_t most, size_t *out)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || n < least || n > most)
		return false;
	*out = n;
	return true;
}

void
print_speed_up(int64_t serial, int64_t pooled)
{
	printf("serial    %.3f s\n", (double)serial / 1e9);
	printf("pooled    %.3f s\n", (double)pooled / 1e9);
	printf("speed-up  %.2f\n", (double)serial / (double)pooled);
}

bool
say_failed(const char *program)
{
	fprintf(stderr, "%s: %s\n", program, creel_last_error()->message);
	return false;
}

int
end_program(const char *program, bool good)
{
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "%s: standard output: %s\n", program, strerror(errno));
		return 1;
	}
	return good ? 0 : 1;
}
