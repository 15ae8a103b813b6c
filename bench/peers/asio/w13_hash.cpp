/* SPDX-License-Identifier: MIT */
/*
 * w13_hash.cpp: Boost.Asio's thread_pool: one post() for each file, with a count of those that are done; and
 * one for each 64 files.
 */
#include "util/hash.h"

#include <algorithm>
#include <atomic>
#include <boost/asio.hpp>

namespace asio = boost::asio;

static asio::thread_pool pool(BENCH_WORKERS);
static std::atomic<size_t> left;
static sem_t done;

static void
in_portions(const bench_hashes *hashes, size_t portion)
{
	left = hashes->files.n;
	for (size_t begin = 0; begin < hashes->files.n; begin += portion) {
		size_t end = std::min(begin + portion, hashes->files.n);

		asio::post(pool, [hashes, begin, end] {
			for (size_t i = begin; i < end; i++)
				bench_hash_file(hashes, i);
			if (left.fetch_sub(end - begin) == end - begin)
				sem_post(&done);
		});
	}
	bench_sem_wait(&done);
}

static void
one_by_one(const bench_hashes *hashes)
{
	in_portions(hashes, 1);
}

static void
many_at_once(const bench_hashes *hashes)
{
	in_portions(hashes, 64);
}

int
main(int argc, char *argv[])
{
	bench_hashes hashes = bench_hash_make(bench_begin(argc, argv, 20000));

	sem_init(&done, 0, 0);
	bench_hash_print(one_by_one, &hashes, "a post each");
	bench_hash_print(many_at_once, &hashes, "a post for 64");
	pool.join();
	return 0;
}
