/* SPDX-License-Identifier: MIT */
/* w05_round_trip.cpp: Boost.Asio's thread_pool: post() with use_future, get(). */
#include "util/round_trip.h"

#include <boost/asio.hpp>
#include <future>

namespace asio = boost::asio;

static asio::thread_pool *pool;

int
main(int argc, char *argv[])
{
	const bench_round_trip_way way = {[] { pool = new asio::thread_pool(BENCH_WORKERS); },
		[] { asio::post(*pool, asio::use_future([] {})).get(); }, ""};

	bench_round_trip(&way, bench_begin(argc, argv, 20000));
	delete pool;
	return 0;
}
