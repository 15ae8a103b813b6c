// SPDX-License-Identifier: MIT

// w11_await.go: Go on one thread: goroutines that all receive from one channel until it is closed; the same without
// waiting; two that call Gosched() in turn; and the memory of those that wait, whose stacks begin with 2 KiB.
package main

import (
	"runtime"
	"sync"
	"time"
)

const batch = 1000

func waiting(count int) {
	for i := 0; i < count; i++ {
		var inside, ended sync.WaitGroup
		event := make(chan struct{})
		inside.Add(batch)
		ended.Add(batch)
		for k := 0; k < batch; k++ {
			go func() {
				inside.Done()
				<-event
				ended.Done()
			}()
		}
		inside.Wait()
		runtime.Gosched() // the last one waits, too
		close(event)
		ended.Wait()
	}
}

func plain(count int) {
	for i := 0; i < count; i++ {
		var ended sync.WaitGroup
		ended.Add(batch)
		for k := 0; k < batch; k++ {
			go ended.Done()
		}
		ended.Wait()
	}
}

func switches(n int) {
	var ended sync.WaitGroup
	ended.Add(2)
	for i := 0; i < 2; i++ {
		go func() {
			for k := 0; k < n; k++ {
				runtime.Gosched()
			}
			ended.Done()
		}()
	}
	ended.Wait()
}

func parked(n int) float64 {
	var inside, ended sync.WaitGroup
	event := make(chan struct{})
	inside.Add(n)
	ended.Add(n)
	before := resident()
	for i := 0; i < n; i++ {
		go func() {
			inside.Done()
			<-event
			ended.Done()
		}()
		if i%batch == batch-1 {
			runtime.Gosched()
		}
	}
	inside.Wait()
	grown := resident() - before
	close(event)
	ended.Wait()
	return float64(grown) / float64(n)
}

func main() {
	n := begin(1000000)
	runtime.GOMAXPROCS(1)
	show("bytes", parked(n), "B", "a stack that grows")
	count := n/batch + 1
	waiting(2)
	start := time.Now()
	waiting(count)
	show("await_ns", each(start, count*batch), "ns", "channel, WaitGroup, no future")
	start = time.Now()
	plain(count)
	show("plain_ns", each(start, count*batch), "ns", "WaitGroup, no future")
	start = time.Now()
	switches(n)
	show("switch_ns", each(start, 2*n), "ns", "Gosched")
}
