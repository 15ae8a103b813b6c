// SPDX-License-Identifier: MIT

// w08_wait.go: Go: n promises that share one channel, which is the queue: each is completed by sending its number, and
// received.
package main

import "time"

// In ns.
func byQueue(n int) float64 {
	start := time.Now()
	queue := make(chan int, n)
	for i := 0; i < n; i++ {
		queue <- i
		<-queue
	}
	return each(start, 1)
}

// Of one, in ns; the median of some passes.
func eachByQueue(n int) float64 {
	passes := make([]float64, 5)
	for i := range passes {
		passes[i] = byQueue(n) / float64(n)
	}
	return median(passes)
}

func main() {
	n := begin(10000)
	byQueue(n) // warm
	one := eachByQueue(n)
	show("queue_ms", one*float64(n)/1e6, "ms", "channel")
	byQueue(n * 100) // warm
	show("queue_small_ns", eachByQueue(n/10+1), "ns", "channel")
	show("queue_large_ns", eachByQueue(n*10), "ns", "channel")
	many := eachByQueue(n * 100)
	show("queue_huge_ns", many, "ns", "channel")
	show("queue_growth", many/one, "x", "channel")
}
