package goreleasehost

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

func TestOutputArrivesHoweverItIsWritten(t *testing.T) {
	s := startService(t, "streams", nil)
	s.waitForState(stateRunning)
	s.waitForText("closed")
	s.waitForText("the last\n")
	s.expectInOrder("ERROR a line in two\n", "not UTF-8: \xff\xfe\n", "ERROR a zero: \x00.\n", "the last\n")
	if count := strings.Count(s.text(), "long "); count < 2<<20-200 {
		t.Errorf("%d words of the long line", count)
	}
	if told := s.waitForState(stateRunning); told.controlsAccepted == 0 {
		t.Error("a program that closes its output ends the service")
	}
	s.control(controlStop, 0)
	if code := s.waitForEnd(); code != 0 {
		t.Errorf("the service's exit code is %d", code)
	}
	s.expectInOrder("stopping because", "lived on")
}

func TestStandardInputStaysOpen(t *testing.T) {
	s := startService(t, "reads", map[string]any{"MinimumUptimeMilliseconds": "500"})
	s.waitForState(stateRunning)
	s.control(controlStop, 0)
	if code := s.waitForEnd(); code != 0 {
		t.Errorf("the service's exit code is %d", code)
	}
	s.expectInOrder("event 1 information", "stopping because", "still open\n", "exit code was 0")
}

func TestArgumentsAndEnvironmentArriveAsTheyAre(t *testing.T) {
	arguments := []string{`a "quoted" word`, `C:\a folder\`, `\\server\share "x\"`, "%PATH%", "$(x) & y ^ z", "中文 é"}
	s := startService(t, "arguments", map[string]any{
		"Arguments":   append([]string{"arguments"}, arguments...),
		"Environment": []string{"equal=a=b=", "Path=only this", "EQUAL=c=d", "EMPTY="},
	})
	s.waitForText("told by the environment: false")
	want := `["a \"quoted\" word" "C:\\a folder\\" "\\\\server\\share \"x\\\"" "%PATH%" "$(x) & y ^ z" "中文 é"] "c=d" "only this"`
	s.expectInOrder(want)
	s.control(controlStop, 0)
	s.waitForEnd()
}

func TestAGrandchildThatHoldsTheOutputIsEndedWithTheProgram(t *testing.T) {
	s := startService(t, "leaves", nil)
	s.waitForText("deaf")
	start := time.Now()
	if code := s.waitForEnd(); code != 3 {
		t.Errorf("the service's exit code is %d", code)
	}
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("the end took %v", took)
	}
	s.expectInOrder("event 13 error: the program ended by itself with exit code 3")
	told := s.statuses()
	want := serviceStatus{serviceType: 0x10, currentState: stateStopped, win32ExitCode: 1066, serviceSpecificExitCode: 3}
	if last := told[len(told)-1]; last != want {
		t.Errorf("the end is told as %+v", last)
	}
}

func TestTheLogFileMayBeMovedWhileItIsWritten(t *testing.T) {
	s := startService(t, "signals", nil)
	s.waitForText("waiting")
	if err := os.Rename(s.log, s.log+".away"); err != nil {
		t.Fatal(err)
	}
	s.control(controlReopenLog, 0)
	s.waitForText("event 4 information: log file opened again")
	s.control(controlStop, 0)
	s.waitForEnd()
}

// A pipe of messages: in one, Wine too delivers a write of nothing, as Windows does in every pipe.
func TestAWriteOfNothingIsNotTheEnd(t *testing.T) {
	name, err := syscall.UTF16PtrFromString(`\\.\pipe\service-host-test`)
	if err != nil {
		t.Fatal(err)
	}
	const inbound, messages = 1, 4 | 2
	handle, _, err := kernel32.NewProc("CreateNamedPipeW").Call(uintptr(unsafe.Pointer(name)), inbound, messages, 1, 0, 4096, 0, 0)
	writer, err := syscall.CreateFile(name, syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_EXISTING, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"before\n", "", "after\n"} {
		var count uint32
		if err := syscall.WriteFile(writer, []byte(text), &count, nil); err != nil {
			t.Fatal(err)
		}
	}
	_ = syscall.CloseHandle(writer)
	reader := pipe{syscall.Handle(handle)}
	defer reader.close()
	var text strings.Builder
	o := output{file: &text, events: &recorder{}, now: time.Now}
	o.copyFrom(reader)
	if text.String() != "before\nafter\n" {
		t.Errorf("%q", text.String())
	}
}

func TestAProgramWithoutAConsoleBeginsAllTheSame(t *testing.T) {
	begun := make(chan struct{})
	const nobody = 3 // Windows' numbers of processes are multiples of 4.
	go waitForConsole(nobody, 20*time.Millisecond, begun)
	select {
	case <-begun:
	case <-time.After(patience):
		t.Error("is waited for in vain")
	}
}
