/* SPDX-License-Identifier: MIT */
/* test_crowd.c: whether there is a processor left for one more thread. */
#include "support/suite.h"

#include "sync/crowd.h"
#include "sync/thread.h"

START_TEST(there_is_room_until_there_are_as_many_as_processors)
{
	const unsigned n = crl_thread_cpus();

	for (unsigned i = 0; i < n; i++) {
		ck_assert(crl_crowd_has_room());
		crl_crowd_enter();
	}
	ck_assert(!crl_crowd_has_room());
	crl_crowd_enter();
	crl_crowd_leave();
	ck_assert(!crl_crowd_has_room());
	crl_crowd_leave();
	ck_assert(crl_crowd_has_room());
}
END_TEST

CREEL_SUITE("creel.sync.crowd", there_is_room_until_there_are_as_many_as_processors)
