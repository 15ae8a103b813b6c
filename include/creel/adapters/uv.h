/* SPDX-License-Identifier: MIT */
/*
 * creel/adapters/uv.h: a loop of creel inside a loop of libuv.
 *
 *  function         blocks?   which thread?      from a callback?
 *  creel_uv_attach  no        both loops'        yes
 *  creel_uv_detach  no        both loops'        yes
 *
 *     creel_uv adapter;
 *     creel_uv_attach(&adapter, uv_default_loop(), loop);    a loop with CREEL_LOOP_NO_THREAD
 *     uv_run(uv_default_loop(), UV_RUN_DEFAULT);             runs both
 *
 * Both loops are the calling thread's. libuv watches the descriptor of creel_loop_fd() and has one turn of
 * the loop run whenever it is readable. As long as it is attached uv_run() goes on; uv_unref() of
 * the handle in it changes that. When the loop closes it is no longer watched.
 *
 * For programs that use libuv: the library does not, so link both.
 */
#ifndef CREEL_ADAPTERS_UV_H
#define CREEL_ADAPTERS_UV_H

#include <creel/io.h>
#include <creel/loop.h>
#include <uv.h>

/* The program's memory, until libuv has closed the handle. */
typedef struct creel_uv {
	uv_poll_t handle; /* its data is the adapter */
	creel_loop *loop;
} creel_uv;

static inline void
creel_uv_turn_(uv_poll_t *handle, int status, int events)
{
	creel_uv *adapter = (creel_uv *)handle->data;

	(void)status, (void)events;
	if (creel_loop_run_once(adapter->loop, 0) == CREEL_ECLOSED)
		uv_poll_stop(handle);
}

/* CREEL_OK; or what creel_loop_fd() answered; or CREEL_ESYS: libuv refused. */
static inline creel_status
creel_uv_attach(creel_uv *adapter, uv_loop_t *uv, creel_loop *loop)
{
	const int fd = creel_loop_fd(loop);

	if (fd < 0)
		return (creel_status)creel_last_error()->code;
	adapter->loop = loop;
	if (uv_poll_init(uv, &adapter->handle, fd) != 0)
		return CREEL_ESYS;
	adapter->handle.data = adapter;
	uv_poll_start(&adapter->handle, UV_READABLE, creel_uv_turn_);
	return CREEL_OK;
}

/* Before the loop is destroyed. libuv calls closed (NULL: nothing), later, when it has let the memory go. */
static inline void
creel_uv_detach(creel_uv *adapter, uv_close_cb closed)
{
	uv_close((uv_handle_t *)&adapter->handle, closed);
}

#endif
