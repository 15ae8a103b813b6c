/* SPDX-License-Identifier: MIT */
/*
 * w11_await.cpp: Boost.Context's fibers, which are stacks and switches, without scheduler, future or result: the
 * caller resumes each by hand. A fiber that waits is one that has switched back.
 *
 *  await_ns   1000 fibers at a time on pooled stacks of 64 KiB: made, resumed until they wait, resumed until they end
 *  plain_ns   made and resumed until they end
 *  switch_ns  one switch of two, there and back
 *  bytes      what the process grows by for each fiber that waits, on stacks from malloc, and on stacks with guards
 *  refused    how many of n could not be made
 */
#include "util/memory.h"

#include <boost/context/fiber.hpp>
#include <boost/context/fixedsize_stack.hpp>
#include <boost/context/pooled_fixedsize_stack.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <memory>
#include <new>
#include <vector>

namespace ctx = boost::context;

static const size_t BATCH = 1000, STACK = 64 << 10;

static ctx::fiber
wait_once(ctx::fiber &&caller)
{
	return std::move(caller).resume();
}

static ctx::fiber
do_nothing(ctx::fiber &&caller)
{
	return std::move(caller);
}

template <typename F>
static void
batches(F body, size_t count, std::vector<ctx::fiber> &fibers, ctx::pooled_fixedsize_stack &stacks)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < BATCH; k++)
			fibers[k] = ctx::fiber(std::allocator_arg, stacks, body).resume();
		for (auto &fiber : fibers)
			while (fiber)
				fiber = std::move(fiber).resume();
	}
}

template <typename F>
static void
print_batches(F body, size_t n, const char *metric)
{
	ctx::pooled_fixedsize_stack stacks(STACK);
	std::vector<ctx::fiber> fibers(BATCH);
	size_t count = n / BATCH + 1;

	batches(body, 2, fibers, stacks); /* warm */
	int64_t begin = bench_now();
	batches(body, count, fibers, stacks);
	bench_print(metric, bench_each(begin, count * BATCH), "ns", "resumed by hand, no future");
}

static void
switches(size_t n)
{
	bool stop = false;
	ctx::fiber other([&stop](ctx::fiber &&caller) {
		while (!stop)
			caller = std::move(caller).resume();
		return std::move(caller);
	});
	int64_t begin = bench_now();

	for (size_t i = 0; i < n; i++)
		other = std::move(other).resume();
	bench_print("switch_ns", bench_each(begin, 2 * n), "ns", "resume");
	stop = true;
	other = std::move(other).resume();
}

template <typename Stacks>
static void
parked(size_t n, const char *remark)
{
	Stacks stacks(STACK);
	std::vector<ctx::fiber> fibers(n); /* the caller's, as an array of handles is elsewhere */
	size_t before = bench_resident(), made = 0;

	try {
		for (; made < n; made++)
			fibers[made] = ctx::fiber(std::allocator_arg, stacks, wait_once).resume();
	} catch (const std::bad_alloc &) {
	}
	bench_print("bytes", (double)(bench_resident() - before) / (double)made, "B", remark);
	bench_print("refused", (double)(n - made), "of_n", remark);
	for (size_t i = 0; i < made; i++)
		fibers[i] = std::move(fibers[i]).resume();
}

int
main(int argc, char *argv[])
{
	size_t n = bench_begin(argc, argv, 1000000);

	print_batches(wait_once, n, "await_ns");
	print_batches(do_nothing, n, "plain_ns");
	switches(n);
	n = bench_memory_limit(n, 8192);
	parked<ctx::protected_fixedsize_stack>(n, "with guards");
	parked<ctx::fixedsize_stack>(n, "without guards");
	return 0;
}
