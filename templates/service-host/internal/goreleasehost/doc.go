// Package goreleasehost makes a program that knows nothing of Windows services a service.
//
// Started by the service manager, which is told by the first argument --gorelease-service=NAME, the process is
// a thin parent: it alone talks to the service manager, and runs the program as its child in a job object. It
// thereby knows every ending of the program, has its output in hand, and can end all that it started. Without
// that argument nothing here does anything.
//
// The program tells the host when its own main begins (begun_windows.go): earlier it would miss a request to stop.
//
// The flow: init (main_windows.go) connects to the service manager while other packages still initialise;
// Main waits for it and calls host.run (run_windows.go), a single loop over the events of child, service
// manager, readiness probe and clock, which is the only place that reports a status. Settings come from the
// service's registry key (settings.go, registry_windows.go), output goes through lines.go and level.go to the
// rotated file (rotate.go) and the Event Log (events.go, eventlog_windows.go).
//
// The package needs the standard library of Go 1.21 and newer, and of it only small packages, so that a
// program hardly grows. It is not a service framework: pause, sessions and power events are not passed on.
package goreleasehost
