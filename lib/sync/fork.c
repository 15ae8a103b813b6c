/* SPDX-License-Identifier: MIT */
/* fork.c: the handlers that run around a fork. */
#include "sync/fork.h"

#include "base/context.h"
#include "base/process.h"
#include "sync/mutex.h"
#include "sync/parker.h"

static crl_mutex lock = CRL_MUTEX_INIT(CRL_RANK_GLOBAL);

void
crl_global_lock(void)
{
	crl_mutex_lock(&lock);
}

void
crl_global_unlock(void)
{
	crl_mutex_unlock(&lock);
}

/* The forking thread is all that is left, and it is a plain thread from now on, whatever it was. It
 * has the lock. */
static void
in_child(void)
{
	crl_store(&crl_process_generation, crl_generation() + 1, relaxed);
	crl_context_become_thread();
	crl_parkers_forget();
	crl_global_unlock();
}

/* At load time, so that no object can be made before the handlers stand. */
__attribute__((constructor)) static void
watch_forks(void)
{
	pthread_atfork(crl_global_lock, crl_global_unlock, in_child);
}
