/* SPDX-License-Identifier: MIT */
/*
 * 06_gather_http.c: a thousand HTTP requests at once, on one thread, in the order in which they were made. They
 * go to a server that the program starts by itself, through libcurl; a request is a task that waits.
 *
 *     $ ./06_gather_http
 *     1000 requests: 200 201 202 203 204 205 206 207 ... as asked for, in order
 *     they took 0.16 s
 *     one that is never answered, given a tenth of a second: CREEL_ETIMEDOUT
 *     another, cancelled: CREEL_ECANCELLED
 */
#include "util/fetch_status.h"
#include "util/http_server.h"

#include <inttypes.h>
#include <stdio.h>

enum { REQUESTS = 1000, AT_A_TIME = 100 };

static http_server server;

/* Which status to ask for. */
static int
wanted(int i)
{
	return 200 + i % 300;
}

/* How many statuses are not as asked for; the first eight are printed. */
static int
print_statuses(const creel_outcome *outcomes)
{
	int wrong = 0;

	printf("%d requests:", REQUESTS);
	for (int i = 0; i < REQUESTS; i++) {
		const intptr_t status = (intptr_t)outcomes[i].value;

		wrong += status != wanted(i);
		if (i < 8)
			printf(" %" PRIdPTR, status);
	}
	printf(wrong == 0 ? " ... as asked for, in order\n" : " ... %d wrong\n", wrong);
	return wrong;
}

static bool
gather_all(creel_curl *curl)
{
	static fetch fetches[REQUESTS];
	creel_future *tasks[REQUESTS], *gather;
	const int64_t begin = creel_now();
	void *outcomes = NULL;
	bool fine = false;

	for (int i = 0; i < REQUESTS; i++) {
		fetches[i].curl = curl;
		snprintf(fetches[i].url, sizeof fetches[i].url, "http://127.0.0.1:%d/status/%d",
			server.port, wanted(i));
		tasks[i] = creel_create_task(fetch_status, &fetches[i]);
	}
	gather = creel_gather(tasks, REQUESTS, CREEL_CANCEL_ON_ERROR);
	if (creel_await(gather, &outcomes) == CREEL_OK)
		fine = print_statuses(outcomes) == 0;
	else
		printf("failed: %s\n", creel_last_error()->message);
	printf("they took %.2f s\n", (double)(creel_now() - begin) / 1e9);
	creel_future_unref(gather);
	creel_futures_unref(tasks, REQUESTS);
	return fine;
}

static void
give_up(creel_curl *curl)
{
	fetch never = {.curl = curl};
	creel_future *task;

	snprintf(never.url, sizeof never.url, "http://127.0.0.1:%d/never", server.port);
	task = creel_create_task(fetch_status, &never);
	printf("one that is never answered, given a tenth of a second: %s\n",
		creel_status_name(creel_wait_for(task, CREEL_SECONDS(0.1), NULL)));
	creel_future_unref(task);
	task = creel_create_task(fetch_status, &never);
	creel_sleep(CREEL_SECONDS(0.1)); /* it is under way */
	creel_future_cancel(task);
	printf("another, cancelled: %s\n", creel_status_name(creel_take(task, NULL)));
}

static void *
main_task(void *arg)
{
	creel_curl curl;
	bool fine;

	if (creel_curl_init(&curl, creel_current_loop()) != CREEL_OK)
		return creel_fail(CREEL_ENOMEM, "no memory for libcurl");
	curl_multi_setopt(curl.multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)AT_A_TIME);
	fine = gather_all(&curl);
	give_up(&curl);
	creel_curl_fini(&curl);
	return fine ? arg : creel_fail(1, "not all requests were answered as they should be");
}

int
main(void)
{
	creel_status status;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	if (!http_server_start(&server)) {
		perror("the server");
		return 1;
	}
	status = creel_run(main_task, NULL, NULL);
	http_server_stop(&server);
	curl_global_cleanup();
	if (status != CREEL_OK)
		fprintf(stderr, "%s: %s\n", creel_status_name(status), creel_last_error()->message);
	return status == CREEL_OK ? 0 : 1;
}
