// SPDX-License-Identifier: MIT

// bench.go: bench.h's part of the bargain, for programs in Go, which are built together with it.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

const workers = 2

// The program's only argument, n: "--n N" or "N". So many goroutines run at a time as there are workers.
func begin(byDefault int) int {
	runtime.GOMAXPROCS(workers)
	words := os.Args[1:]
	if len(words) > 0 && words[0] == "--n" {
		words = words[1:]
	}
	if len(words) == 0 {
		return byDefault
	}
	n, err := strconv.Atoi(words[0])
	if err != nil || n <= 0 || len(words) > 1 {
		fmt.Fprintln(os.Stderr, "usage: [--n] N")
		os.Exit(2)
	}
	return n
}

func show(metric string, value float64, unit, remark string) {
	fmt.Println(strings.TrimSpace(fmt.Sprintf("%s %.4g %s %s", metric, value, unit, remark)))
}

// The time since the start, in ns for each of n.
func each(start time.Time, n int) float64 {
	return float64(time.Since(start).Nanoseconds()) / float64(n)
}

// Bytes of resident memory, with the page tables that it takes.
func resident() int {
	text, _ := os.ReadFile("/proc/self/status")
	sum := 0
	for _, line := range strings.Split(string(text), "\n") {
		words := strings.Fields(line)
		if len(words) > 1 && (words[0] == "VmRSS:" || words[0] == "VmPTE:") {
			kib, _ := strconv.Atoi(words[1])
			sum += kib * 1024
		}
	}
	return sum
}

// CPU time in ns.
func processCPU() float64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return float64(usage.Utime.Nano() + usage.Stime.Nano())
}

// The process, its threads that are there included, runs on the first so many CPUs that it may use.
func pin(count int) {
	var set [128]uint64
	left := count
	syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, unsafe.Sizeof(set), uintptr(unsafe.Pointer(&set)))
	for i := range set {
		for bit := 0; bit < 64; bit++ {
			if set[i]>>bit&1 == 1 {
				if left == 0 {
					set[i] &^= 1 << bit
				} else {
					left--
				}
			}
		}
	}
	threads, _ := os.ReadDir("/proc/self/task")
	for _, thread := range threads {
		id, _ := strconv.Atoi(thread.Name())
		syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, uintptr(id), unsafe.Sizeof(set),
			uintptr(unsafe.Pointer(&set)))
	}
}

func medianTrip(trip func(), n int, gap time.Duration) float64 {
	samples := make([]float64, n)
	for i := range samples {
		if gap > 0 {
			time.Sleep(gap)
		}
		start := time.Now()
		trip()
		samples[i] = each(start, 1) / 1e3
	}
	sort.Float64s(samples)
	return samples[n/2]
}

// W5: one trip; see round_trip.h. That on one CPU is measured by this program's own child.
func roundTrip(trip func(), n int, remark string) {
	if os.Getenv("CREEL_BENCH_PINNED") != "" {
		pin(1)
		medianTrip(trip, n/10+1, 0)
		show("pinned_us", medianTrip(trip, n, 0), "us", remark)
		return
	}
	child := exec.Command("/proc/self/exe", strconv.Itoa(n))
	child.Env = append(os.Environ(), "CREEL_BENCH_PINNED=1")
	child.Stdout = os.Stdout
	if child.Run() != nil {
		os.Exit(1)
	}
	medianTrip(trip, n/10+1, 0)
	show("back_us", medianTrip(trip, n, 0), "us", remark)
	show("gap100_us", medianTrip(trip, n/20+1, 100*time.Microsecond), "us", remark)
	show("gap1000_us", medianTrip(trip, n/50+1, time.Millisecond), "us", remark)
}

// The same pseudo-random numbers as everybody's.
func random(state *uint64) uint32 {
	*state = *state*6364136223846793005 + 1442695040888963407
	return uint32(*state >> 33)
}

// Busy work: a chain of multiplications; see work.h.
func work(rounds uint32) uint64 {
	x := uint64(rounds)
	for i := uint32(0); i < rounds; i++ {
		x = x*6364136223846793005 + 1
	}
	return x
}

var worked uint64

// ns of one round.
func calibrate() float64 {
	const rounds = 200000
	best := 1e18
	for i := 0; i < 50; i++ {
		start := time.Now()
		worked += work(rounds)
		if took := each(start, rounds); took < best {
			best = took
		}
	}
	return best
}

// W7's tasks of 0 to 5 us: the rounds of each, and the ns that the workers need for all.
func durations(n int) ([]uint32, float64) {
	round := calibrate()
	rounds := make([]uint32, n)
	state, sum := uint64(1), 0.0
	for i := range rounds {
		rounds[i] = uint32(5000 * float64(random(&state)) / 2147483648 / round)
		sum += float64(rounds[i]) * round
	}
	return rounds, sum / workers
}

// The depth of W4's tree of at most n leaves.
func treeDepth(n int) int {
	depth := 0
	for 2<<depth <= n {
		depth++
	}
	return depth
}

func median(samples []float64) float64 {
	sort.Float64s(samples)
	return samples[len(samples)/2]
}
