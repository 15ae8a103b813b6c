/* SPDX-License-Identifier: MIT */
/*
 * creel/adapters/curl.h: transfers of libcurl on a loop of creel: any number at a time, on one thread.
 *
 *  function            blocks?   which thread?      from a callback?
 *  creel_curl_init     no        the loop's         yes
 *  creel_curl_fini     no        the loop's         not libcurl's
 *  creel_curl_perform  suspends  the loop's         EDEADLK
 *  creel_curl_submit   no        the loop's         yes
 *
 *     creel_curl curl;
 *     creel_curl_init(&curl, creel_current_loop());
 *     future = creel_curl_submit(&curl, easy);          a task: to be gathered, awaited, cancelled
 *     creel_curl_perform(&curl, easy, &code);           in a task of the loop: as curl_easy_perform()
 *     creel_curl_fini(&curl);
 *
 * What is done with a creel_curl is done on the thread of its loop, and transfers end before it does. The
 * easy handles are the program's: it sets them up, may use each again and again, one transfer at a time, and
 * cleans them up. Two options are the adapter's: CURLOPT_PRIVATE and CURLOPT_NOSIGNAL.
 * The callbacks of a handle are called by the loop: they must not wait. What is to hold for all transfers,
 * such as CURLMOPT_MAX_TOTAL_CONNECTIONS, is set in curl.multi.
 *
 * libcurl says by callbacks which sockets it waits for, and how long; here the loop watches these sockets
 * (creel_loop_add_reader(), creel_loop_add_writer()) and has a timer, and tells libcurl what comes.
 *
 * For programs that use libcurl (7.56 or later): the library does not, so link both. The program calls
 * curl_global_init() first.
 */
#ifndef CREEL_ADAPTERS_CURL_H
#define CREEL_ADAPTERS_CURL_H

#include <creel/await.h>
#include <creel/future.h>
#include <creel/io.h>
#include <creel/loop.h>
#include <creel/task.h>
#include <curl/curl.h>
#include <stdlib.h>

/* The program's memory; the loop and the multi handle may be read. */
typedef struct creel_curl {
	creel_loop *loop;
	CURLM *multi;
	creel_handle *timer; /* libcurl's; NULL: it waits for none */
} creel_curl;

/* A socket that libcurl waits for: in its own memory, for libcurl to keep. */
typedef struct creel_curl_socket_ {
	creel_curl *curl;
	curl_socket_t fd;
} creel_curl_socket_;

/* A transfer under way: on the stack of its task. */
typedef struct creel_curl_transfer_ {
	creel_future *over; /* a promise, completed when it is */
	CURLcode code;
	bool removed; /* libcurl has let the handle go */
} creel_curl_transfer_;

/* Tell the tasks of the transfers that are over. */
static inline void
creel_curl_reap_(creel_curl *curl)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(curl->multi, &left)) != NULL) {
		CURL *easy = message->easy_handle;
		const CURLcode code = message->data.result; /* the message goes with the handle */
		creel_curl_transfer_ *transfer = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
		curl_multi_remove_handle(curl->multi, easy);
		transfer->code = code;
		transfer->removed = true;
		creel_future_set_result(transfer->over, NULL);
	}
}

static inline void
creel_curl_act_(creel_curl *curl, curl_socket_t fd, int events)
{
	int running;

	curl_multi_socket_action(curl->multi, fd, events, &running);
	creel_curl_reap_(curl);
}

/* A socket is ready. libcurl may have let it go afterwards. */
static inline void
creel_curl_readable_(void *arg)
{
	const creel_curl_socket_ *s = (const creel_curl_socket_ *)arg;

	creel_curl_act_(s->curl, s->fd, CURL_CSELECT_IN);
}

static inline void
creel_curl_writable_(void *arg)
{
	const creel_curl_socket_ *s = (const creel_curl_socket_ *)arg;

	creel_curl_act_(s->curl, s->fd, CURL_CSELECT_OUT);
}

static inline void
creel_curl_forget_socket_(creel_curl *curl, creel_curl_socket_ *s)
{
	if (s == NULL)
		return;
	creel_loop_remove_reader(curl->loop, s->fd);
	creel_loop_remove_writer(curl->loop, s->fd);
	free(s);
}

/* libcurl's CURLMOPT_SOCKETFUNCTION: -1 makes the transfer fail. */
static inline int
creel_curl_on_socket_(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	creel_curl *curl = (creel_curl *)arg;
	creel_curl_socket_ *s = (creel_curl_socket_ *)known;
	creel_status status = CREEL_OK;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		creel_curl_forget_socket_(curl, s);
		return 0;
	}
	if (s == NULL) {
		if ((s = (creel_curl_socket_ *)malloc(sizeof *s)) == NULL)
			return -1;
		s->curl = curl;
		s->fd = fd;
		curl_multi_assign(curl->multi, fd, s);
	}
	if (what & CURL_POLL_IN)
		status = creel_loop_add_reader(curl->loop, fd, creel_curl_readable_, s);
	else
		creel_loop_remove_reader(curl->loop, fd);
	if (status == CREEL_OK && what & CURL_POLL_OUT)
		status = creel_loop_add_writer(curl->loop, fd, creel_curl_writable_, s);
	else
		creel_loop_remove_writer(curl->loop, fd);
	return status == CREEL_OK ? 0 : -1;
}

static inline void
creel_curl_forget_timer_(creel_curl *curl)
{
	creel_handle_cancel(curl->timer);
	creel_handle_unref(curl->timer);
	curl->timer = NULL;
}

static inline void
creel_curl_time_is_up_(void *arg)
{
	creel_curl *curl = (creel_curl *)arg;

	creel_curl_forget_timer_(curl);
	creel_curl_act_(curl, CURL_SOCKET_TIMEOUT, 0);
}

/* libcurl's CURLMOPT_TIMERFUNCTION: -1 as above. */
static inline int
creel_curl_on_timer_(CURLM *multi, long milliseconds, void *arg)
{
	creel_curl *curl = (creel_curl *)arg;

	(void)multi;
	creel_curl_forget_timer_(curl);
	if (milliseconds < 0)
		return 0;
	return creel_call_later(curl->loop, CREEL_MILLISECONDS(milliseconds),
		       creel_curl_time_is_up_, curl, &curl->timer) == CREEL_OK
		       ? 0
		       : -1;
}

/* CREEL_OK, or CREEL_ENOMEM. */
static inline creel_status
creel_curl_init(creel_curl *curl, creel_loop *loop)
{
	curl->loop = loop;
	curl->timer = NULL;
	curl->multi = curl_multi_init();
	if (curl->multi == NULL)
		return CREEL_ENOMEM;
	curl_multi_setopt(curl->multi, CURLMOPT_SOCKETFUNCTION, creel_curl_on_socket_);
	curl_multi_setopt(curl->multi, CURLMOPT_SOCKETDATA, curl);
	curl_multi_setopt(curl->multi, CURLMOPT_TIMERFUNCTION, creel_curl_on_timer_);
	curl_multi_setopt(curl->multi, CURLMOPT_TIMERDATA, curl);
	return CREEL_OK;
}

/* All transfers have ended; connections that were kept for others are closed. */
static inline void
creel_curl_fini(creel_curl *curl)
{
	curl_multi_cleanup(curl->multi);
	creel_curl_forget_timer_(curl);
}

/*
 * creel_curl_perform() makes the transfer that the handle is set up for, and waits until it is over. When it
 * returns libcurl does nothing with the handle any more, whatever the answer. In a task of the loop.
 *   CREEL_OK            it is over; *code is what curl_easy_perform() would have returned
 *   CREEL_ECANCELLED    the calling task was cancelled; the transfer has been given up
 *   CREEL_EWRONGTHREAD  not on the loop
 *   CREEL_EDEADLK       must not suspend here
 *   CREEL_ENOMEM        no memory to wait with
 *   CREEL_ESYS          libcurl does not take the handle: it is in use
 */
static inline creel_status
creel_curl_perform(creel_curl *curl, CURL *easy, CURLcode *code)
{
	creel_curl_transfer_ transfer = {NULL, CURLE_OK, false};
	creel_status status = CREEL_ENOMEM;

	if (creel_current_loop() != curl->loop)
		return CREEL_EWRONGTHREAD;
	transfer.over = creel_future_create();
	if (!creel_future_done(transfer.over)) {
		curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
		curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
		status = CREEL_ESYS;
		if (curl_multi_add_handle(curl->multi, easy) == CURLM_OK) {
			status = creel_await(transfer.over, NULL);
			if (!transfer.removed)
				curl_multi_remove_handle(curl->multi, easy);
		}
	}
	creel_future_unref(transfer.over);
	if (status == CREEL_OK)
		*code = transfer.code;
	return status;
}

static inline void *
creel_curl_task_(void *easy)
{
	creel_curl *curl = NULL;
	CURLcode code;
	creel_status status;

	curl_easy_getinfo((CURL *)easy, CURLINFO_PRIVATE, (char **)&curl);
	status = creel_curl_perform(curl, (CURL *)easy, &code);
	if (status != CREEL_OK)
		return creel_fail((int)status, "the transfer: %s", creel_status_text(status));
	return code == CURLE_OK ? easy : creel_fail((int)code, "%s", curl_easy_strerror(code));
}

/*
 * creel_curl_submit() does the same in a task of its own, and returns its future, a reference of the caller's.
 * Its value is the handle; it fails with libcurl's CURLcode and its text. Cancelling it gives the
 * transfer up. Refused as by creel_create_task(), which it is on the loop's thread.
 */
static inline creel_future *
creel_curl_submit(creel_curl *curl, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_PRIVATE, curl);
	return creel_loop_submit(curl->loop, creel_curl_task_, easy);
}

#endif
