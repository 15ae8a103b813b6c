/* SPDX-License-Identifier: MIT */
/* fetch_status.h: a task that asks for a page and returns the status of the answer. */
#ifndef EXAMPLES_UTIL_FETCH_STATUS_H
#define EXAMPLES_UTIL_FETCH_STATUS_H

#include <creel/adapters/curl.h>

typedef struct fetch {
	creel_curl *curl;
	char url[100];
} fetch;

/* A task of the loop of fetch->curl; the argument is a fetch. Its value is the status, as a number; it fails with
 * libcurl's code and text. */
void *fetch_status(void *arg);

#endif
