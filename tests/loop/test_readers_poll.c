/* SPDX-License-Identifier: MIT */
/* test_readers_poll.c: test_readers.c, on poll(). */
#define BY_POLL
#include "loop/test_readers.c"
