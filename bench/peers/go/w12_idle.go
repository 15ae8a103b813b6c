// SPDX-License-Identifier: MIT

// w12_idle.go: Go's scheduler with nothing to do.
package main

import (
	"sync"
	"time"
)

func main() {
	ms := begin(3000)
	var group sync.WaitGroup
	group.Add(10000)
	for i := 0; i < 10000; i++ {
		go group.Done()
	}
	group.Wait()
	time.Sleep(200 * time.Millisecond)
	before := processCPU()
	time.Sleep(time.Duration(ms) * time.Millisecond)
	show("idle_ms", (processCPU()-before)/1e6, "ms", "scheduler")
}
