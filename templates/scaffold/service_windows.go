package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/eventlog"
)

// Ids of the events in the Application log; EventCreate.exe, the registered message file, knows 1 to 1000.
const (
	eventStarted     = 1
	eventStopped     = 3
	eventFailed      = 13
	eventStopTimeout = 14
)

// stopTimeout is how long an ordered stop may take.
const stopTimeout = 20 * time.Second

// runService runs the program: as a Windows service when the service manager started it, otherwise on the console. run ends when its
// context is done. Call it from main:
//
//	func main() { runService("NAME", run) }
func runService(name string, run func(context.Context) error) {
	isService, err := svc.IsWindowsService()
	if err != nil || !isService {
		runConsole(run)
		return
	}
	if err := svc.Run(name, &service{name: name, run: run}); err != nil {
		fmt.Fprintln(os.Stderr, "service:", err)
		os.Exit(1)
	}
}

// service is the conversation with the service manager.
type service struct {
	name string
	run  func(context.Context) error
}

// Execute is called by package svc. It only loops over events: the service manager waits for its answers. It never reports Stopped
// itself; package svc does, with the exit code that Execute returns.
func (s *service) Execute(_ []string, requests <-chan svc.ChangeRequest, status chan<- svc.Status) (bool, uint32) {
	const accepted = svc.AcceptStop | svc.AcceptShutdown | svc.AcceptPreShutdown
	status <- svc.Status{State: svc.StartPending}
	events, err := eventlog.Open(s.name)
	if err == nil {
		defer events.Close()
	} else {
		events = nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx) }()
	status <- svc.Status{State: svc.Running, Accepts: accepted}
	report(events, eventStarted, "started", nil)

	var deadline <-chan time.Time
	for {
		select {
		case err := <-ended:
			if deadline != nil {
				report(events, eventStopped, "stopped", nil)
				return false, 0
			}
			report(events, eventFailed, "ended by itself", err)
			return true, 1
		case <-deadline:
			// Somebody wanted it stopped: an exit code other than 0 would make the recovery actions start it again.
			report(events, eventStopTimeout, "did not stop in time", nil)
			return false, 0
		case request := <-requests:
			switch request.Cmd {
			case svc.Interrogate:
				status <- request.CurrentStatus
			case svc.Stop, svc.Shutdown, svc.PreShutdown:
				status <- svc.Status{State: svc.StopPending, WaitHint: uint32(stopTimeout.Milliseconds())}
				deadline = time.After(stopTimeout)
				cancel()
			}
		}
	}
}

func report(events *eventlog.Log, id uint32, text string, err error) {
	if events == nil {
		return
	}
	if err != nil {
		text += ": " + err.Error()
	}
	switch id {
	case eventFailed:
		_ = events.Error(id, text)
	case eventStopTimeout:
		_ = events.Warning(id, text)
	default:
		_ = events.Info(id, text)
	}
}
