/* SPDX-License-Identifier: MIT */
/* version.c: the number of the library that is linked in. */
#include <creel/version.h>

int
creel_version(void)
{
	return CREEL_VERSION_NUM;
}
