/* SPDX-License-Identifier: MIT */
/*
 * io.h: callbacks of a loop that the system's news cause: descriptors (io.c), signals (signals.c).
 *
 * Such a callback is a job, whose letter goes through the ready list like all others, once for each
 * turn at the most. Taken back while the letter is on its way, it is freed when that comes.
 */
#ifndef CRL_LOOP_IO_H
#define CRL_LOOP_IO_H

#include "base/list.h"
#include "queue/job.h"

#include <creel/loop.h>
#include <stdbool.h>

/* May the caller take something back? A closing loop allows it. CREEL_OK, or why not; reports it. */
creel_status crl_loop_check_taking(creel_loop *loop);

/* By the loop's thread: take all of them back. Letters may be on their way still. */
void crl_loop_drop_io(creel_loop *loop);
void crl_loop_drop_signals(creel_loop *loop);

#endif
