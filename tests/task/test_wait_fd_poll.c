/* SPDX-License-Identifier: MIT */
/* test_wait_fd_poll.c: test_wait_fd.c, on poll(). */
#define BY_POLL
#include "task/test_wait_fd.c"
