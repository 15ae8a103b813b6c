// SPDX-License-Identifier: MIT

// w14_hog.go: Go: the tree by goroutines; see hog.h. The hog is a goroutine on a thread of its own, so that one more
// thread runs goroutines.
package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

var rounds uint32

func node(depth int, group *sync.WaitGroup) {
	for ; depth > 0; depth-- {
		below := depth - 1
		go node(below, group)
	}
	if work(rounds) == 0 { // never
		atomic.AddUint64(&worked, 1)
	}
	group.Done()
}

func run(depth int) {
	var group sync.WaitGroup
	group.Add(1 << depth)
	go node(depth, &group)
	group.Wait()
}

func measure(depth int) float64 {
	run(depth / 2) // warm
	passes := make([]float64, 3)
	for i := range passes {
		start := time.Now()
		run(depth)
		passes[i] = each(start, 1)
	}
	return median(passes)
}

func main() {
	depth := treeDepth(begin(1 << 19))
	pin(2)
	rounds = uint32(1000 / calibrate())
	alone := measure(depth)
	runtime.GOMAXPROCS(9)
	var stop atomic.Bool
	go func() {
		runtime.LockOSThread()
		for !stop.Load() {
			work(1000)
		}
	}()
	show("slowdown", measure(depth)/alone, "x", "goroutines")
	stop.Store(true)
}
