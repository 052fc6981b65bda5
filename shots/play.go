//go:build ignore

// Play shows a recording (asciicast v2) in this terminal: go run shots/play.go shots/tour.cast
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"time"
)

// restore gives the terminal back, wherever the recording stops.
const restore = "\x1b[m\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l\n"

func main() {
	if err := play(os.Args[len(os.Args)-1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func play(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() {
		return fmt.Errorf("%s is empty", name)
	}
	fmt.Print("\x1b[2J\x1b[H")
	defer fmt.Print(restore)
	for begun := time.Now(); lines.Scan(); {
		var event [3]any
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
			return err
		}
		seconds, _ := event[0].(float64)
		select {
		case <-time.After(time.Until(begun.Add(time.Duration(seconds * float64(time.Second))))):
		case <-interrupted:
			return nil
		}
		fmt.Print(event[2])
	}
	return lines.Err()
}
