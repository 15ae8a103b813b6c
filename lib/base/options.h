/* SPDX-License-Identifier: MIT */
/*
 * options.h: read an options struct that the program may have compiled against another version.
 *
 * The struct's first member is its size. One of an older creel is shorter: what it lacks is zero,
 * the default. One of a newer creel is longer: what this creel does not know must be zero, for an
 * option must never be ignored in silence.
 */
#ifndef CRL_BASE_OPTIONS_H
#define CRL_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* No options of any creel will be as large: such a size was never set. */
#define CRL_OPTIONS_LARGEST 4096

/* Copy the options at from, if not NULL, over the zeroed struct of known bytes at to. False: there are
 * some that are not known; those that are have been copied all the same. */
static inline bool
crl_options_read(void *to, size_t known, const void *from)
{
	const unsigned char *bytes = from;
	size_t size;

	memset(to, 0, known);
	if (from == NULL)
		return true;
	memcpy(&size, from, sizeof size);
	if (size < sizeof size || size > CRL_OPTIONS_LARGEST)
		return false;
	memcpy(to, from, size < known ? size : known);
	for (size_t i = known; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

#endif
