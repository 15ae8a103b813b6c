/* SPDX-License-Identifier: MIT */
/* test_curl.c: transfers of libcurl on a loop, from a server of the test's own. */
#include "loop/pipes.h"
#include "support/suite.h"

#include <arpa/inet.h>
#include <creel/adapters/curl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* A server that answers GET /CODE by that code; /0 it never answers. One thread, which blocks. */
typedef struct server {
	int socket;
	int port;
	pthread_t thread;
} server;

enum { SILENT_MOST = 8 };

static void
answer(int connection, int code)
{
	char text[100];

	snprintf(text, sizeof text,
		"HTTP/1.1 %d X\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", code);
	ck_assert_int_gt(write(connection, text, strlen(text)), 0);
	close(connection);
}

static void *
serve(void *arg)
{
	const server *s = arg;
	int silent[SILENT_MOST], count = 0;

	for (;;) {
		char request[1000] = {0};
		const int connection = accept(s->socket, NULL, NULL);
		int code = -1;

		if (connection < 0)
			break;
		if (read(connection, request, sizeof request - 1) > 0)
			sscanf(request, "GET /%d ", &code);
		if (code > 0)
			answer(connection, code);
		else if (code == 0 && count < SILENT_MOST)
			silent[count++] = connection;
		else
			close(connection);
	}
	while (count > 0)
		close(silent[--count]);
	return NULL;
}

static void
server_start(server *s)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof address;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->socket = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(s->socket, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(s->socket, 128), 0);
	getsockname(s->socket, (struct sockaddr *)&address, &size);
	s->port = ntohs(address.sin_port);
	pthread_create(&s->thread, NULL, serve, s);
}

static void
server_stop(server *s)
{
	shutdown(s->socket, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->socket);
}

static size_t
ignore(char *data, size_t size, size_t n, void *arg)
{
	(void)data, (void)arg;
	return size * n;
}

static CURL *
get(const server *s, int code)
{
	CURL *easy = curl_easy_init();
	char url[100];

	snprintf(url, sizeof url, "http://127.0.0.1:%d/%d", s->port, code);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
	return easy;
}

static long
code_of(CURL *easy)
{
	long code = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
	return code;
}

/* Play the scene as the main task of a run, with a server. */
static void
play(creel_fn *scene)
{
	server s;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	server_start(&s);
	ck_assert_int_eq(creel_run(scene, &s, NULL), CREEL_OK);
	server_stop(&s);
	curl_global_cleanup();
}

enum { MANY = 50 };

static void *
gather_many(void *arg)
{
	creel_curl curl;
	CURL *handles[MANY];
	creel_future *transfers[MANY], *all;
	void *value = NULL;
	const creel_outcome *outcomes;

	ck_assert_int_eq(creel_curl_init(&curl, creel_current_loop()), CREEL_OK);
	for (int i = 0; i < MANY; i++) {
		handles[i] = get(arg, 200 + i);
		transfers[i] = creel_curl_submit(&curl, handles[i]);
	}
	all = creel_gather(transfers, MANY, 0);
	ck_assert_int_eq(creel_await(all, &value), CREEL_OK);
	outcomes = value;
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(code_of(outcomes[i].value), 200 + i);
	creel_future_unref(all);
	creel_futures_unref(transfers, MANY);
	for (int i = 0; i < MANY; i++)
		curl_easy_cleanup(handles[i]);
	creel_curl_fini(&curl);
	return arg;
}

START_TEST(many_at_once)
{
	play(gather_many);
}
END_TEST

static void *
use_one_again(void *arg)
{
	creel_curl curl;
	CURL *easy = get(arg, 204);
	CURLcode code = CURLE_OK;

	creel_curl_init(&curl, creel_current_loop());
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(creel_curl_perform(&curl, easy, &code), CREEL_OK);
		ck_assert_int_eq(code, CURLE_OK);
		ck_assert_int_eq(code_of(easy), 204);
	}
	curl_easy_cleanup(easy);
	creel_curl_fini(&curl);
	return arg;
}

START_TEST(one_after_the_other)
{
	play(use_one_again);
}
END_TEST

/* What fails does so with libcurl's code and text. */
static void *
fail_one(void *arg)
{
	const server nobody = {.port = 1};
	creel_curl curl;
	CURL *easy = get(&nobody, 200);
	creel_future *transfer;

	creel_curl_init(&curl, creel_current_loop());
	transfer = creel_curl_submit(&curl, easy);
	ck_assert_int_eq(creel_await(transfer, NULL), CREEL_EFAILED);
	ck_assert_int_eq(creel_future_error(transfer)->code, CURLE_COULDNT_CONNECT);
	ck_assert_str_eq(
		creel_future_error(transfer)->message, curl_easy_strerror(CURLE_COULDNT_CONNECT));
	creel_future_unref(transfer);
	curl_easy_cleanup(easy);
	creel_curl_fini(&curl);
	return arg;
}

START_TEST(one_fails)
{
	play(fail_one);
}
END_TEST

/* A transfer that is given up, by a timeout and by a cancel: the handle can be used again. */
static void *
give_up(void *arg)
{
	creel_curl curl;
	CURL *silent = get(arg, 0), *other = get(arg, 200);
	creel_future *transfer;

	creel_curl_init(&curl, creel_current_loop());
	transfer = creel_curl_submit(&curl, silent);
	ck_assert_int_eq(creel_wait_for(transfer, CREEL_MILLISECONDS(20), NULL), CREEL_ETIMEDOUT);
	creel_future_unref(transfer);
	transfer = creel_curl_submit(&curl, silent);
	creel_sleep(0);
	ck_assert_int_eq(creel_future_cancel(transfer), CREEL_CANCEL_REQUESTED);
	ck_assert_int_eq(creel_take(transfer, NULL), CREEL_ECANCELLED);
	curl_easy_cleanup(silent);
	transfer = creel_curl_submit(&curl, other);
	ck_assert_int_eq(creel_take(transfer, NULL), CREEL_OK);
	curl_easy_cleanup(other);
	creel_curl_fini(&curl);
	return arg;
}

START_TEST(given_up)
{
	play(give_up);
}
END_TEST

/* libcurl's own timeout comes by the loop's timer. */
static void *
time_out(void *arg)
{
	creel_curl curl;
	CURL *silent = get(arg, 0);
	CURLcode code = CURLE_OK;

	curl_easy_setopt(silent, CURLOPT_TIMEOUT_MS, 20L);
	creel_curl_init(&curl, creel_current_loop());
	ck_assert_int_eq(creel_curl_perform(&curl, silent, &code), CREEL_OK);
	ck_assert_int_eq(code, CURLE_OPERATION_TIMEDOUT);
	curl_easy_cleanup(silent);
	creel_curl_fini(&curl);
	return arg;
}

START_TEST(timed_out)
{
	play(time_out);
}
END_TEST

static void *
perform_elsewhere(void *arg)
{
	CURLcode code;

	return pointer_of(creel_curl_perform(arg, NULL, &code));
}

static void *
misuse(void *arg)
{
	creel_curl curl;
	CURL *easy = get(arg, 0);
	creel_future *transfer, *elsewhere;
	CURLcode code = CURLE_OK;
	void *status = NULL;

	creel_curl_init(&curl, creel_current_loop());
	elsewhere = creel_to_thread(perform_elsewhere, &curl);
	ck_assert_int_eq(creel_take(elsewhere, &status), CREEL_OK);
	ck_assert_ptr_eq(status, pointer_of(CREEL_EWRONGTHREAD));
	creel_no_suspend_enter();
	ck_assert_int_eq(creel_curl_perform(&curl, easy, &code), CREEL_EDEADLK);
	creel_no_suspend_leave();
	transfer = creel_curl_submit(&curl, easy);
	creel_future_cancel(transfer); /* before it has begun */
	ck_assert_int_eq(creel_take(transfer, NULL), CREEL_ECANCELLED);
	curl_easy_cleanup(easy);
	creel_curl_fini(&curl);
	return arg;
}

START_TEST(what_is_refused)
{
	play(misuse);
}
END_TEST

CREEL_SUITE("creel.adapters.curl", many_at_once, one_after_the_other, one_fails, given_up,
	timed_out, what_is_refused)
