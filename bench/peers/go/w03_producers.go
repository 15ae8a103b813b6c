// SPDX-License-Identifier: MIT

// w03_producers.go: Go: four goroutines, each of which makes a goroutine for each of its tasks, with a channel of its
// own, and receives from all of them.
package main

import (
	"sync"
	"time"
)

const producers = 4

func produce(n int) float64 {
	var group sync.WaitGroup
	begin := make(chan struct{})
	for i := 0; i < producers; i++ {
		results := make([]chan struct{}, n*(i+1)/producers-n*i/producers)
		group.Add(1)
		go func() {
			<-begin
			for i := range results {
				result := make(chan struct{}, 1)
				results[i] = result
				go func() { result <- struct{}{} }()
			}
			for _, result := range results {
				<-result
			}
			group.Done()
		}()
	}
	start := time.Now()
	close(begin)
	group.Wait()
	return each(start, n)
}

func main() {
	n := begin(1000000)
	produce(n) // warm
	show("producers_ns", produce(n), "ns", "goroutine, channel")
}
