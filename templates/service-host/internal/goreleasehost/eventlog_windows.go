package goreleasehost

import (
	"strings"
	"syscall"
	"unsafe"
)

// Types of events (winnt.h).
const (
	eventTypeError       = 1
	eventTypeWarning     = 2
	eventTypeInformation = 4
)

// maximumEventText is the limit of one text of an event, in UTF-16 units.
const maximumEventText = 31839

// eventLog writes to the Application log. The source is registered at installation; without that the events
// arrive too, with a note that the description is missing.
type eventLog struct {
	handle uintptr
}

func openEventLog(source string) *eventLog {
	name, err := syscall.UTF16PtrFromString(source)
	if err != nil {
		return &eventLog{}
	}
	handle, _, _ := registerEventSource.Call(0, uintptr(unsafe.Pointer(name)))
	return &eventLog{handle}
}

func (e *eventLog) report(id int, importance level, text string) {
	// An event ends at the first zero, which a program may well write.
	units, err := syscall.UTF16FromString(strings.ReplaceAll(text, "\x00", "\uFFFD"))
	if e.handle == 0 || err != nil {
		return
	}
	if len(units) > maximumEventText {
		units = append(units[:maximumEventText-1], 0)
	}
	kinds := map[level]uintptr{warning: eventTypeWarning, failure: eventTypeError}
	kind, ok := kinds[importance]
	if !ok {
		kind = eventTypeInformation
	}
	texts := [1]*uint16{&units[0]}
	_, _, _ = reportEvent.Call(e.handle, kind, 0, uintptr(id), 0, 1, 0, uintptr(unsafe.Pointer(&texts[0])), 0)
}
