// SPDX-License-Identifier: MIT

// scale.go: Go: goroutines that are counted by a WaitGroup; see scale.h. What has been started and not run takes a
// stack, so that there are at most 10^6 at once. Workers are threads that run goroutines, producers are goroutines.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

const (
	passes = 9
	most   = 1000000
)

func print(metric string, value float64, at int, remark string) {
	show(metric, value, "ns", fmt.Sprintf("%sat %d", remark, at))
}

func medianOf(run func() float64, n int) float64 {
	count := passes
	if n > 100000 {
		count = 3
	}
	samples := make([]float64, count)
	run() // warm
	for i := range samples {
		samples[i] = run()
	}
	return median(samples)
}

func tasks(n, producers int) float64 {
	return medianOf(func() float64 {
		var group sync.WaitGroup
		begin := make(chan struct{})
		group.Add(n)
		for i := 0; i < producers; i++ {
			share := n*(i+1)/producers - n*i/producers
			go func() {
				<-begin
				for ; share > 0; share-- {
					go group.Done()
				}
			}()
		}
		start := time.Now()
		close(begin)
		group.Wait()
		return each(start, n)
	}, n)
}

func wake(count int) float64 {
	return medianOf(func() float64 {
		var inside, ended sync.WaitGroup
		event := make(chan struct{})
		inside.Add(count)
		ended.Add(count)
		for i := 0; i < count; i++ {
			go func() {
				inside.Done()
				<-event
				ended.Done()
			}()
		}
		inside.Wait()
		time.Sleep(time.Millisecond) // the last ones are about to wait
		start := time.Now()
		close(event)
		ended.Wait()
		return each(start, count)
	}, count)
}

func main() {
	n := begin(10000000)
	for at := 1000; at <= n && at <= most; at *= 10 {
		print("tasks_ns", tasks(at, 1), at, "WaitGroup, no future, ")
	}
	some := n/10 + 1
	for at := 1; at <= 16; at *= 2 {
		print("producers_ns", tasks(some, at), at, "WaitGroup, no future, ")
	}
	for at := 1; at <= n/100; at *= 10 {
		print("waiters_ns", wake(at), at, "channel, ")
	}
	for at := 1; at <= 64; at *= 2 {
		runtime.GOMAXPROCS(at)
		print("workers_ns", tasks(some, 1), at, "WaitGroup, no future, ")
	}
}
