package goreleasehost

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// maximumLine is where a line without end is cut, so that memory stays bounded.
	maximumLine = 64 << 10
	// maximumCrash is how much of a crash goes into an event; an event's text is limited to 31,839 characters.
	maximumCrash = 24 << 10
	// maximumEvents is how many lines of output become events in one eventPeriod.
	maximumEvents = 30
	eventPeriod   = time.Minute
	// crashPeriod is how long a crash is waited for: a program that lives on has only logged such words.
	crashPeriod = 5 * time.Second
)

// output takes the program's standard output and standard error: every line goes to the log file, important
// ones become events.
type output struct {
	mutex      sync.Mutex
	file       io.Writer
	events     eventSink
	now        func() time.Time
	crash      strings.Builder
	crashStart time.Time
	period     time.Time
	reported   int
	suppressed int
}

// copyFrom takes a stream to its end.
func (o *output) copyFrom(stream io.Reader) {
	var line []byte
	chunk := make([]byte, 8<<10)
	for {
		count, err := stream.Read(chunk)
		rest := chunk[:count]
		for {
			at := bytes.IndexByte(rest, '\n')
			if at < 0 {
				break
			}
			o.line(append(line, rest[:at+1]...))
			line, rest = line[:0], rest[at+1:]
		}
		line = append(line, rest...)
		if len(line) > maximumLine {
			o.line(append(line, '\n'))
			line = line[:0]
		}
		if err != nil {
			break
		}
	}
	if len(line) > 0 {
		o.line(append(line, '\n'))
	}
}

// line takes one line with its end.
func (o *output) line(line []byte) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.file != nil {
		_, _ = o.file.Write(line) // The file itself reports its faults.
	}
	text := strings.TrimRight(string(line), "\r\n")
	if o.isInCrash(text) {
		if o.crash.Len()+len(text) < maximumCrash {
			o.crash.WriteString(text)
			o.crash.WriteString("\r\n")
		}
		return
	}
	switch found := lineLevel(text); found {
	case warning:
		o.event(eventOutputWarning, found, text)
	case failure:
		o.event(eventOutputError, found, text)
	}
}

// isInCrash tells whether the line belongs to the Go runtime's last words.
func (o *output) isInCrash(line string) bool {
	if o.crash.Len() > 0 && o.now().Sub(o.crashStart) > crashPeriod {
		o.reportCrash()
	}
	if o.crash.Len() == 0 && isCrash(line) {
		o.crashStart = o.now()
		return true
	}
	return o.crash.Len() > 0
}

func (o *output) reportCrash() {
	if o.crash.Len() > 0 {
		o.events.report(eventCrash, failure, o.crash.String())
		o.crash.Reset()
	}
}

// finish reports what is still held back; to be called when the program has ended.
func (o *output) finish() {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.reportCrash()
	o.reportSuppressed()
}

// event reports a line unless there were too many.
func (o *output) event(id int, level level, text string) {
	now := o.now()
	if now.Sub(o.period) >= eventPeriod {
		o.reportSuppressed()
		o.period, o.reported = now, 0
	}
	if o.reported >= maximumEvents {
		o.suppressed++
		return
	}
	o.reported++
	o.events.report(id, level, text)
}

func (o *output) reportSuppressed() {
	if o.suppressed > 0 {
		o.events.report(eventOutputSuppressed, warning, strconv.Itoa(o.suppressed)+
			" more warnings and errors of the program are in its log file only")
		o.suppressed = 0
	}
}

// isCrash tells the first line of the Go runtime's last words.
func isCrash(line string) bool {
	for _, start := range []string{"panic: ", "fatal error: ", "runtime: ", "Exception 0x"} {
		if strings.HasPrefix(line, start) {
			return true
		}
	}
	return false
}
