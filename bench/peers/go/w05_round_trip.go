// SPDX-License-Identifier: MIT

// w05_round_trip.go: Go: a new goroutine sends into a channel, from which the caller receives; the two often run on
// the same thread.
package main

func main() {
	n := begin(20000)
	done := make(chan struct{})
	roundTrip(func() {
		go func() { done <- struct{}{} }()
		<-done
	}, n, "goroutine, channel")
}
