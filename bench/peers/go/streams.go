// SPDX-License-Identifier: MIT

// streams.go: Go: a goroutine that is the source, two that receive items from a channel, and a channel of results; in
// order, by a channel of the items' own channels, each of which is used again.
package main

import "time"

const window = 256

type item struct {
	number int
	rounds uint32
	done   chan result
}

type result struct {
	number int
	value  uint64
}

func call(each item) result {
	return result{each.number, work(each.rounds)}
}

func roundsOf(rounds []uint32, i int) uint32 {
	if rounds == nil {
		return 0
	}
	return rounds[i]
}

func ordered(n int, rounds []uint32) {
	tasks, inOrder := make(chan item, window), make(chan item, window)
	spare := make(chan chan result, window)
	for i := 0; i < window; i++ {
		spare <- make(chan result, 1)
	}
	for i := 0; i < workers; i++ {
		go func() {
			for each := range tasks {
				each.done <- call(each)
			}
		}()
	}
	go func() {
		for i := 0; i < n; i++ {
			each := item{i + 1, roundsOf(rounds, i), <-spare}
			inOrder <- each
			tasks <- each
		}
		close(tasks)
		close(inOrder)
	}()
	sum := 0
	for each := range inOrder {
		sum += (<-each.done).number
		spare <- each.done
	}
	check(sum, n)
}

func completed(n int, rounds []uint32) {
	tasks, results := make(chan item, window/2), make(chan result, window/2)
	for i := 0; i < workers; i++ {
		go func() {
			for each := range tasks {
				results <- call(each)
			}
		}()
	}
	go func() {
		for i := 0; i < n; i++ {
			tasks <- item{i + 1, roundsOf(rounds, i), nil}
		}
		close(tasks)
	}()
	sum := 0
	for i := 0; i < n; i++ {
		sum += (<-results).number
	}
	check(sum, n)
}

func check(sum, n int) {
	if sum != n*(n+1)/2 {
		panic("items are missing")
	}
}

func main() {
	n := begin(1000000)
	rounds, ideal := durations(n/10 + 1)
	ordered(n/10+1, nil) // warm
	start := time.Now()
	ordered(n, nil)
	show("ordered_ns", each(start, n), "ns", "channels")
	start = time.Now()
	completed(n, nil)
	show("completed_ns", each(start, n), "ns", "channels")
	start = time.Now()
	ordered(n/10+1, rounds)
	show("over_ideal", each(start, 1)/ideal, "x", "channels")
}
