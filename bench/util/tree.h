/* SPDX-License-Identifier: MIT */
/*
 * tree.h: W4: a binary tree of tasks, spawned inside two workers, where nobody waits for a node. The figures
 * are the wall time of one node, leaves included, from the submission of the root to the end of all. n is
 * the number of leaves, made a power of two.
 *
 *  node_ns    each node spawns both of its children
 *  onward_ns  each node spawns one child, and goes on with the other in its own task
 */
#ifndef BENCH_TREE_H
#define BENCH_TREE_H

#include "util/bench.h"

/* The greatest depth whose tree has at most n leaves. */
static inline size_t
bench_tree_depth(size_t n)
{
	size_t depth = 0;

	while ((size_t)2 << depth <= n)
		depth++;
	return depth;
}

/* All nodes of a tree. */
static inline size_t
bench_tree_nodes(size_t depth)
{
	return ((size_t)2 << depth) - 1;
}

/* run() does a whole tree of that depth: once to warm, then the figure. */
static inline void
bench_tree_print(void (*run)(size_t depth), size_t n, const char *metric, const char *remark)
{
	size_t depth = bench_tree_depth(n);
	int64_t begin;

	run(depth);
	begin = bench_now();
	run(depth);
	bench_print(metric, bench_each(begin, bench_tree_nodes(depth)), "ns", remark);
}

#endif
