/* SPDX-License-Identifier: MIT */
/*
 * creel/version.h: which creel this is.
 *
 *  function          blocks?  from a worker?  from a loop?  from any thread?  from a callback?
 *  creel_version     no       yes             yes           yes               yes
 *
 * The macros tell what a program was compiled against, creel_version() what it runs with. Before
 * 1.0 a new minor version may change the interface; a new patch version never does.
 */
#ifndef CREEL_VERSION_H
#define CREEL_VERSION_H

#include <creel/attributes.h>

#define CREEL_VERSION_MAJOR 0
#define CREEL_VERSION_MINOR 1
#define CREEL_VERSION_PATCH 0

/* The version as one number, so that versions compare as integers. */
#define CREEL_VERSION_NUM \
	(CREEL_VERSION_MAJOR * 10000 + CREEL_VERSION_MINOR * 100 + CREEL_VERSION_PATCH)

#ifdef __cplusplus
extern "C" {
#endif

/* creel_version() is the CREEL_VERSION_NUM of the library that is linked in. */
CREEL_API int creel_version(void);

#ifdef __cplusplus
}
#endif

#endif
