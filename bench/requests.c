/* SPDX-License-Identifier: MIT */
/* requests.c: a task for each request, on a loop, through libcurl's multi interface; see util/requests.h. */
#include "util/requests.h"
#include "util/creel_bench.h"
#include "util/fetch_status.h"

static int port;

/* All n of them at once; ns of one. */
static double
get_all(creel_curl *curl, size_t n)
{
	fetch *fetches = bench_array(n, sizeof *fetches);
	creel_future **tasks = bench_array(n, sizeof *tasks);
	const int64_t begin = bench_now();
	double each;

	for (size_t i = 0; i < n; i++) {
		fetches[i].curl = curl;
		snprintf(fetches[i].url, sizeof fetches[i].url, "http://127.0.0.1:%d/status/%zu",
			port, 200 + i % 300);
		tasks[i] = creel_create_task(fetch_status, &fetches[i]);
	}
	for (size_t i = 0; i < n; i++) {
		void *status;

		must(creel_take(tasks[i], &status));
		if ((size_t)(uintptr_t)status != 200 + i % 300)
			bench_fail("another status than was asked for");
	}
	each = bench_each(begin, n);
	free(tasks);
	free(fetches);
	return each;
}

static void *
main_task(void *n)
{
	creel_curl curl;

	must(creel_curl_init(&curl, creel_current_loop()));
	curl_multi_setopt(curl.multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)BENCH_CONNECTIONS);
	get_all(&curl, (size_t)n / 10 + BENCH_CONNECTIONS); /* warm */
	bench_print("request_us", get_all(&curl, (size_t)n) / 1000, "us", "libcurl");
	creel_curl_fini(&curl);
	return NULL;
}

int
main(int argc, char *argv[])
{
	struct bench_server server;
	size_t n;

	if (argc < 2)
		bench_fail("the server is the first argument");
	server = bench_requests_begin(argv[1]);
	argv[1] = argv[0];
	n = bench_begin(argc - 1, argv + 1, 1000);
	port = server.port;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	must(creel_run(main_task, (void *)n, NULL));
	curl_global_cleanup();
	bench_requests_end(server);
	return 0;
}
