package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
)

// runConsole runs the program until Ctrl-C.
func runConsole(run func(context.Context) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}
