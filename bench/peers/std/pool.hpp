/* SPDX-License-Identifier: MIT */
/*
 * pool.hpp: a thread pool as one writes it with the standard library alone: a deque of tasks under one
 * mutex, one condition variable, std::packaged_task and std::future. Notified after the mutex was let go.
 */
#ifndef BENCH_STD_POOL_HPP
#define BENCH_STD_POOL_HPP

#include "util/bench.h"

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

class Pool
{
      public:
	Pool()
	{
		for (int i = 0; i < BENCH_WORKERS; i++)
			workers.emplace_back([this] { run(); });
	}

	~Pool()
	{
		{
			std::lock_guard<std::mutex> lock(mutex);
			stopping = true;
		}
		ready.notify_all();
		for (auto &worker : workers)
			worker.join();
	}

	template <typename F> std::future<void> submit(F &&work)
	{
		std::packaged_task<void()> task(std::forward<F>(work));
		auto future = task.get_future();
		{
			std::lock_guard<std::mutex> lock(mutex);
			tasks.push_back(std::move(task));
		}
		ready.notify_one();
		return future;
	}

      private:
	void run()
	{
		std::unique_lock<std::mutex> lock(mutex);

		for (;;) {
			ready.wait(lock, [this] { return stopping || !tasks.empty(); });
			if (tasks.empty())
				return;
			auto task = std::move(tasks.front());
			tasks.pop_front();
			lock.unlock();
			task();
			lock.lock();
		}
	}

	std::mutex mutex;
	std::condition_variable ready;
	std::deque<std::packaged_task<void()>> tasks;
	bool stopping = false;
	std::vector<std::thread> workers;
};

/* A completion queue by hand: what is done is pushed by its thread, popped by one that waits. */
template <typename T> class Completions
{
      public:
	void push(T what)
	{
		{
			std::lock_guard<std::mutex> lock(mutex);
			done.push_back(what);
		}
		ready.notify_one();
	}

	T pop()
	{
		std::unique_lock<std::mutex> lock(mutex);

		ready.wait(lock, [this] { return !done.empty(); });
		T what = done.front();
		done.pop_front();
		return what;
	}

      private:
	std::mutex mutex;
	std::condition_variable ready;
	std::deque<T> done;
};

#endif
