/* SPDX-License-Identifier: MIT */
/* fetch_status.c: see fetch_status.h. */
#include "util/fetch_status.h"

#include <stdint.h>

static size_t
ignore(char *data, size_t size, size_t n, void *arg)
{
	(void)data, (void)arg;
	return size * n;
}

void *
fetch_status(void *arg)
{
	const fetch *f = arg;
	CURL *easy = curl_easy_init();
	CURLcode code = CURLE_OK;
	creel_status waited;
	long status = 0;

	if (easy == NULL)
		return creel_fail(CREEL_ENOMEM, "no memory for a request");
	curl_easy_setopt(easy, CURLOPT_URL, f->url);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
	waited = creel_curl_perform(f->curl, easy, &code);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(easy);
	if (waited != CREEL_OK)
		return creel_fail((int)waited, "%s: %s", f->url, creel_status_text(waited));
	if (code != CURLE_OK)
		return creel_fail((int)code, "%s: %s", f->url, curl_easy_strerror(code));
	return (void *)(intptr_t)status;
}
