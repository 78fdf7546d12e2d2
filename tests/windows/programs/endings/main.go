// A program that knows nothing of Windows services, and ends in every way that a program can.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"time"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Println("usage: endings serve|select|... [arguments]")
		os.Exit(2)
	}
	endings := map[string]func([]string){
		"arguments": arguments,
		"children":  children,
		"crash":     crash,
		"exit":      exit,
		"fatal":     fatal,
		"ignore":    ignore,
		"levels":    levels,
		"return":    func([]string) { log.Print("returning") },
		"select":    func([]string) { log.Print("waiting for ever"); time.Sleep(time.Hour) },
		"serve":     serve,
	}
	ending, ok := endings[os.Args[1]]
	if !ok {
		log.Fatalf("unknown ending %q", os.Args[1])
	}
	ending(os.Args[2:])
}

// serve answers HTTP and shuts down in order.
func serve(args []string) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	server := &http.Server{Addr: args[0]}
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	http.HandleFunc("/about", func(w http.ResponseWriter, _ *http.Request) {
		folder, _ := os.Getwd()
		fmt.Fprintf(w, "args=%q\nfolder=%s\ncolour=%s\n", os.Args[1:], folder, os.Getenv("COLOUR"))
	})
	go func() {
		<-ctx.Done()
		log.Print("shutting down in order")
		_ = server.Shutdown(context.Background())
	}()
	log.Printf("listening on %s", args[0])
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	log.Print("good bye")
}

// exit waits for the interrupt and ends with os.Exit; with an argument it ends at once.
func exit(args []string) {
	if len(args) > 0 {
		os.Exit(3)
	}
	waitForInterrupt()
	os.Exit(0)
}

// fatal waits for the interrupt and ends with log.Fatal.
func fatal([]string) {
	waitForInterrupt()
	log.Fatal("fatal after the interrupt")
}

// ignore takes no notice of the interrupt.
func ignore([]string) {
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	log.Print("deaf")
	time.Sleep(time.Hour)
}

// crash panics after a while.
func crash(args []string) {
	delay, _ := time.ParseDuration(args[0])
	time.Sleep(delay)
	panic("the roof is on fire")
}

// children starts a copy of itself that ignores the interrupt and outlives it.
func children([]string) {
	command := exec.Command(os.Args[0], "ignore")
	if err := command.Start(); err != nil {
		log.Fatal(err)
	}
	log.Printf("grandchild %d", command.Process.Pid)
	waitForInterrupt()
}

// levels writes lines of several kinds of loggers.
func levels([]string) {
	for _, line := range []string{
		`{"time":"2026-01-02T15:04:05Z","level":"WARN","msg":"json warning"}`,
		`time=2026-01-02T15:04:05Z level=ERROR msg="text error"`,
		`2026/01/02 15:04:05 INFO plain information`,
	} {
		fmt.Fprintln(os.Stderr, line)
	}
	fmt.Println("standard output too")
	waitForInterrupt()
}

// arguments shows what the program was given.
func arguments(args []string) {
	fmt.Println(strings.Join(args, "|"))
	fmt.Fprintln(os.Stderr, "to standard error")
	os.Exit(7)
}

func waitForInterrupt() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	log.Print("waiting for the interrupt")
	<-signals
	log.Print("interrupted")
}
