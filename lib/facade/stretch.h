/* SPDX-License-Identifier: MIT */
/*
 * stretch.h: how long the stretches are into which a loop is cut. If the program does not say, by time: they
 * begin with one number, and double as long as one takes less time than it is worth to look around between
 * two; where one takes long they are halved, so that nobody waits long for a part of the rest.
 */
#ifndef CRL_FACADE_STRETCH_H
#define CRL_FACADE_STRETCH_H

#include "base/clock.h"

#include <stddef.h>
#include <stdint.h>

/* How long a stretch is to take, in nanoseconds: at least, unless all is over, and at most. */
#define CRL_STRETCH_SHORT 10000
#define CRL_STRETCH_LONG 40000

/* A stretch of this length, or the grain that the program has given, but of no more than is left. */
static inline size_t
crl_stretch_of(size_t length, size_t grain, size_t left)
{
	if (grain != 0)
		length = grain;
	return length == 0 ? 1 : length < left ? length : left;
}

/* The time at which a stretch begins; where the grain is given nobody asks. */
static inline int64_t
crl_stretch_begin(size_t grain)
{
	return grain != 0 ? 0 : crl_now();
}

/* The length of the next, after one that began then. */
static inline size_t
crl_stretch_next(size_t length, size_t grain, int64_t began)
{
	const int64_t took = grain != 0 ? CRL_STRETCH_SHORT : crl_now() - began;

	if (took < CRL_STRETCH_SHORT && length <= SIZE_MAX / 2)
		return length * 2;
	return took > CRL_STRETCH_LONG && length > 1 ? length / 2 : length;
}

#endif
