//go:build !windows

package main

import "context"

// runService runs the program on the console: Windows services are for Windows.
func runService(_ string, run func(context.Context) error) { runConsole(run) }
