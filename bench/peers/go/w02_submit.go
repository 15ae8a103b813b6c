// SPDX-License-Identifier: MIT

// w02_submit.go: Go: a goroutine for each task, which sends into a channel of its own; and goroutines that are only
// counted. The one that makes them runs on the same two threads, as a goroutine. Bytes are the growth of resident
// memory, while none of them runs.
package main

import (
	"runtime"
	"sync"
	"time"
)

func submit(results []chan struct{}) {
	for i := range results {
		result := make(chan struct{}, 1)
		results[i] = result
		go func() { result <- struct{}{} }()
	}
}

func take(results []chan struct{}) {
	for i, result := range results {
		<-result
		results[i] = nil
	}
}

func withChannels(results []chan struct{}) float64 {
	start := time.Now()
	submit(results)
	take(results)
	return each(start, len(results))
}

func counted(n int) float64 {
	var group sync.WaitGroup
	start := time.Now()
	group.Add(n)
	for i := 0; i < n; i++ {
		go group.Done()
	}
	group.Wait()
	return each(start, n)
}

// With one thread, which does not stop making them.
func bytes(results []chan struct{}) float64 {
	runtime.GOMAXPROCS(1)
	before := resident()
	submit(results)
	grown := resident() - before
	take(results)
	runtime.GOMAXPROCS(workers)
	return float64(grown) / float64(len(results))
}

func main() {
	n := begin(1000000)
	results := make([]chan struct{}, n)
	show("bytes", bytes(results[:n/10+1]), "B", "goroutine, channel")
	withChannels(results) // warm
	show("submit_ns", withChannels(results), "ns", "goroutine, channel")
	show("submit_ns", counted(n), "ns", "goroutine, WaitGroup, no future")
}
