/* SPDX-License-Identifier: MIT */
/* fatal.c: one line, then abort(). */
#include "base/fatal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
crl_fatal(const char *format, ...)
{
	va_list args;

	fputs("creel: fatal: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}
