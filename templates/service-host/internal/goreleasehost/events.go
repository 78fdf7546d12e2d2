package goreleasehost

// The ids of the events in the Application log. They are an interface: the documents list them, monitoring
// filters by them. EventCreate.exe, whose messages are used, knows 1 to 1000.
const (
	eventStarted           = 1
	eventStopRequested     = 2
	eventStopped           = 3
	eventControl           = 4
	eventSettingsWrong     = 10
	eventProgramNotStarted = 11
	eventNotReady          = 12
	eventProgramEnded      = 13
	eventStopTimeout       = 14
	eventLogFile           = 15
	eventOutputWarning     = 100
	eventOutputError       = 101
	eventCrash             = 102
	eventOutputSuppressed  = 103
)

// The service-specific exit codes of the host's own failures. When the program ends by itself with a code
// other than 0, that code is the service's.
const (
	exitSettingsWrong     = 10001
	exitProgramNotStarted = 10002
	exitNotReady          = 10003
	exitProgramEnded      = 10004
)

// eventSink takes events; the Event Log, or a list in tests.
type eventSink interface {
	report(id int, level level, text string)
}
