/* SPDX-License-Identifier: MIT */
/* real_compress.cpp: Boost.Asio's thread_pool: one post() for each block, with a count of those that are done. */
#include "util/compress.h"

#include <atomic>
#include <boost/asio.hpp>

namespace asio = boost::asio;

static asio::thread_pool pool(BENCH_WORKERS);
static std::atomic<size_t> left;
static sem_t done;

static void
run(const bench_blocks *blocks)
{
	left = blocks->n;
	for (size_t i = 0; i < blocks->n; i++)
		asio::post(pool, [blocks, i] {
			bench_block_compress(blocks, i);
			if (left.fetch_sub(1) == 1)
				sem_post(&done);
		});
	bench_sem_wait(&done);
}

int
main(int argc, char *argv[])
{
	bench_blocks blocks = bench_blocks_make(bench_begin(argc, argv, 256));

	sem_init(&done, 0, 0);
	bench_blocks_print(run, &blocks, "a post each");
	pool.join();
	return 0;
}
