/* SPDX-License-Identifier: MIT */
/*
 * main.c: the program of somebody who uses creel, in the words that C and C++ share. It fails if
 * the library that it runs with is not the one whose headers it was compiled with.
 */
#include <creel/creel.h>
#include <stdio.h>

int
main(void)
{
	printf("creel %d\n", creel_version());
	return creel_version() == CREEL_VERSION_NUM ? 0 : 1;
}
