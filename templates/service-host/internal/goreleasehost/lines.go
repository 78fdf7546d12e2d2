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
	// chunkSize is how much is read at once: as much as the pipe holds.
	chunkSize = maximumLine
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

// copyFrom reads a stream to its end. The whole lines of one read are one write to the log file.
func (o *output) copyFrom(stream io.Reader) {
	var pending []byte // Read, and not yet taken.
	take := o.lines    // For what comes next: lines, or the rest of a line that was cut.
	chunk := make([]byte, chunkSize)
	for {
		count, err := stream.Read(chunk)
		pending = append(pending, chunk[:count]...)
		for isLineTooLong(pending) {
			end := wholeCharacters(pending, maximumLine)
			take(append(pending[:end:end], '\n'))
			take, pending = o.continuation, append(pending[:0], pending[end:]...)
		}
		if end := bytes.LastIndexByte(pending, '\n') + 1; end > 0 {
			take(pending[:end])
			take, pending = o.lines, append(pending[:0], pending[end:]...)
		}
		if err != nil {
			break
		}
	}
	if len(pending) > 0 {
		take(append(pending, '\n'))
	}
}

// isLineTooLong tells whether the first line is. Others are within one chunk, which is no longer than a line may be.
func isLineTooLong(text []byte) bool {
	end := bytes.IndexByte(text, '\n')
	return end > maximumLine || end < 0 && len(text) > maximumLine
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

// lines takes whole lines, or the beginning of one that was cut, each with its end.
func (o *output) lines(block []byte) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.write(block)
	o.examine(block)
}

// continuation takes the next piece of a line that was cut, and the lines behind it. How important the cut line is was
// said by its beginning.
func (o *output) continuation(block []byte) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.write(block)
	end := bytes.IndexByte(block, '\n') + 1
	if o.crash.Len() > 0 {
		o.addToCrash(lineText(block[:end]))
	}
	o.examine(block[end:])
}

func (o *output) write(block []byte) {
	if o.file != nil {
		_, _ = o.file.Write(block) // The file itself reports its faults.
	}
}

// examine reports those of the lines that are important.
func (o *output) examine(block []byte) {
	for len(block) > 0 {
		end := bytes.IndexByte(block, '\n') + 1
		text := lineText(block[:end])
		block = block[end:]
		if o.isInCrash(text) {
			o.addToCrash(text)
			continue
		}
		switch found := lineLevel(text); found {
		case warning:
			o.event(eventOutputWarning, found, text)
		case failure:
			o.event(eventOutputError, found, text)
		}
	}
}

// lineText is a line without its end.
func lineText(line []byte) string {
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
