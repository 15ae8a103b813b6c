// SPDX-License-Identifier: MIT

// w07_as_completed.go: Go: two goroutines that receive tasks from one channel and send results into another; and a
// goroutine for each task.
package main

import "time"

func byWorkers(rounds []uint32) {
	tasks, results := make(chan uint32, 128), make(chan uint64, 128)
	for i := 0; i < workers; i++ {
		go func() {
			for each := range tasks {
				results <- work(each)
			}
		}()
	}
	go func() {
		for _, each := range rounds {
			tasks <- each
		}
		close(tasks)
	}()
	for range rounds {
		<-results
	}
}

func byGoroutines(rounds []uint32) {
	results := make(chan uint64, 128)
	go func() {
		for _, each := range rounds {
			each := each
			go func() { results <- work(each) }()
		}
	}()
	for range rounds {
		<-results
	}
}

func measure(run func([]uint32), rounds []uint32, ideal float64, remark string) {
	run(rounds[:len(rounds)/10+1]) // warm
	start := time.Now()
	run(rounds)
	show("over_ideal", each(start, 1)/ideal, "x", remark)
}

func main() {
	rounds, ideal := durations(begin(100000))
	measure(byWorkers, rounds, ideal, "two workers, channel")
	measure(byGoroutines, rounds, ideal, "a goroutine each, channel")
}
