package goreleasehost

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
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
	take := o.line
	for {
		count, err := stream.Read(chunk)
		rest := chunk[:count]
		for at := bytes.IndexByte(rest, '\n'); at >= 0; at = bytes.IndexByte(rest, '\n') {
			take(append(line, rest[:at+1]...))
			take, line, rest = o.line, line[:0], rest[at+1:]
		}
		line = append(line, rest...)
		if len(line) > maximumLine {
			end := wholeCharacters(line, maximumLine)
			take(append(line[:end:end], '\n'))
			take, line = o.continuation, append(line[:0], line[end:]...)
		}
		if err != nil {
			break
		}
	}
	if len(line) > 0 {
		take(append(line, '\n'))
	}
}

// wholeCharacters is the length, at most limit, of the beginning of a longer text that does not end within a
// character of UTF-8.
func wholeCharacters(text []byte, limit int) int {
	for end := limit; end > limit-utf8.UTFMax; end-- {
		if utf8.RuneStart(text[end]) {
			return end
		}
	}
	return limit
}

// line takes one line, or the beginning of one that was cut, with its end.
func (o *output) line(line []byte) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	text := o.write(line)
	if o.isInCrash(text) {
		o.addToCrash(text)
		return
	}
	switch found := lineLevel(text); found {
	case warning:
		o.event(eventOutputWarning, found, text)
	case failure:
		o.event(eventOutputError, found, text)
	}
}

// continuation takes a later piece of a line that was cut: how important it is was said by the beginning.
func (o *output) continuation(piece []byte) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	text := o.write(piece)
	if o.crash.Len() > 0 {
		o.addToCrash(text)
	}
}

// write puts a line into the file and returns it without its end.
func (o *output) write(line []byte) string {
	if o.file != nil {
		_, _ = o.file.Write(line) // The file itself reports its faults.
	}
	return strings.TrimRight(string(line), "\r\n")
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

// addToCrash keeps what fits into an event.
func (o *output) addToCrash(text string) {
	if room := maximumCrash - o.crash.Len(); room > 0 {
		if len(text) > room {
			text = text[:wholeCharacters([]byte(text), room)]
		}
		o.crash.WriteString(text)
		o.crash.WriteString("\r\n")
	}
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
