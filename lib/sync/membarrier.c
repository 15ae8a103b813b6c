/* SPDX-License-Identifier: MIT */
/* membarrier.c: see membarrier.h. */
#include "sync/membarrier.h"

#ifdef __linux__
#include <errno.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool
command(int which)
{
	return syscall(SYS_membarrier, which, 0, 0) == 0;
}

bool
crl_membarrier(void)
{
	const int saved = errno;
	bool done = command(MEMBARRIER_CMD_PRIVATE_EXPEDITED);

	/* A process has to announce once that it will. */
	if (!done && command(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED))
		done = command(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
	errno = saved;
	return done;
}
#else
bool
crl_membarrier(void)
{
	return false;
}
#endif
