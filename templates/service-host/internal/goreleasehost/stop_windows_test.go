package goreleasehost

import (
	"strings"
	"testing"
	"time"
)

func TestStopShutdownAndPreShutdownAreOrdered(t *testing.T) {
	for reason, control := range map[string]uintptr{
		"request to stop": controlStop,
		"shutdown":        controlShutdown,
		"coming shutdown": controlPreShutdown,
	} {
		t.Run(strings.ReplaceAll(reason, " ", "-"), func(t *testing.T) {
			s := startService(t, "signals", map[string]any{"MinimumUptimeMilliseconds": "200"})
			running := s.waitForState(stateRunning)
			// SERVICE_ACCEPT_STOP, _SHUTDOWN, _PARAMCHANGE and _PRESHUTDOWN; SERVICE_WIN32_OWN_PROCESS.
			if want := (serviceStatus{serviceType: 0x10, currentState: 4, controlsAccepted: 0x10D}); running != want {
				t.Errorf("running is %+v", running)
			}
			s.waitForText("waiting")
			s.control(control, 0)
			s.control(control, 0)
			if code := s.waitForEnd(); code != 0 {
				t.Errorf("the service's exit code is %d", code)
			}
			s.expectInOrder("event 1 information: started as process ",
				"event 2 information: stopping because of a "+reason+"\n", "got interrupt\n", "good bye\n",
				"event 3 information: stopped; the program's exit code was 0\n")
			checkStatuses(t, s.statuses())
		})
	}
}

// checkStatuses fails unless the states follow each other, the pending ones with growing checkpoints, and the end is
// Stopped with 0.
func checkStatuses(t *testing.T, told []serviceStatus) {
	t.Helper()
	order := []uint32{stateStartPending, stateRunning, stateStopPending, stateStopped}
	counts := map[uint32]uint32{}
	for _, status := range told {
		for len(order) > 0 && status.currentState != order[0] {
			order = order[1:]
		}
		counts[status.currentState]++
		want := serviceStatus{serviceType: 0x10, currentState: status.currentState}
		switch status.currentState {
		case stateRunning:
			want.controlsAccepted = acceptAll
		case stateStartPending, stateStopPending:
			want.checkPoint, want.waitHint = counts[status.currentState], 10_000
		}
		if status != want {
			t.Errorf("told %+v, want %+v", status, want)
		}
	}
	if len(order) != 1 || counts[stateStartPending] < 1 || counts[stateRunning] != 1 || counts[stateStopPending] < 3 {
		t.Errorf("the states are out of order or too few: %+v", told)
	}
}

func TestAStopWhileTheServiceStartsIsOrderedToo(t *testing.T) {
	s := startService(t, "signals", map[string]any{"HealthAddress": "127.0.0.1:9", "StartTimeoutMilliseconds": "60000"})
	s.waitForText("waiting")
	s.control(controlPreShutdown, 0)
	if code := s.waitForEnd(); code != 0 {
		t.Errorf("the service's exit code is %d", code)
	}
	s.expectInOrder("stopping because of a coming shutdown", "got interrupt", "event 3 information")
	for _, status := range s.statuses() {
		if status.currentState == stateRunning {
			t.Error("told to be running")
		}
	}
}

func TestAStopBeforeTheProgramHasBegunReachesItLater(t *testing.T) {
	s := startService(t, "signals", nil)
	s.control(controlShutdown, 0)
	if code := s.waitForEnd(); code != 0 || strings.Contains(s.text(), "event 14") {
		t.Errorf("the service's exit code is %d\n%s", code, s.text())
	}
}

func TestAProgramThatDoesNotStopIsEndedInTime(t *testing.T) {
	s := startService(t, "deaf", map[string]any{"StopTimeoutMilliseconds": "700"})
	s.waitForState(stateRunning)
	s.control(controlShutdown, 0)
	if code := s.waitForEnd(); code != 0 {
		t.Errorf("the service's exit code is %d", code)
	}
	s.expectInOrder("stopping because of a shutdown", "event 14 warning: the program did not stop within 700ms and is ended",
		"event 3 information: stopped; the program was ended by force")
}

func TestTheLastEventSaysHowTheProgramEnded(t *testing.T) {
	for code, want := range map[uint32]string{
		0: "the program's exit code was 0",
		// Windows' own handler ends with this; Wine's with 0.
		0xC000013A: "the program does not handle Ctrl-C (os.Interrupt), so Windows ended it without a clean shutdown " +
			"(exit code 0xC000013A)",
	} {
		if got := stopText(code, false); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestOtherControlsAreAnswered(t *testing.T) {
	s := startService(t, "signals", nil)
	s.waitForState(stateRunning)
	before := len(s.statuses())
	s.control(controlInterrogate, 0)
	// Pause, continue, NetBindAdd, hardware, power, session, time, trigger and those of nobody's.
	for _, control := range []uintptr{0, 2, 3, 7, 11, 13, 14, 16, 32, 127, 130, 255} {
		s.control(control, 120) // ERROR_CALL_NOT_IMPLEMENTED
	}
	time.Sleep(100 * time.Millisecond)
	if now := s.statuses(); len(now) != before {
		t.Errorf("told %+v", now[before:])
	}
	s.control(controlReopenLog, 0)
	s.waitForText("event 4 information: log file opened again")
	s.control(controlRotateLog, 0)
	s.waitForText("event 4 information: log file rotated")
	s.control(controlStop, 0)
	s.waitForEnd()
}

func TestAStopIsNeverLost(t *testing.T) {
	m := newManager("Busy") // Nobody takes what it is told.
	for i := 0; i < cap(m.controls); i++ {
		if answer := m.control(controlParamChange, 0, 0, 0); answer != 0 {
			t.Fatalf("control %d is answered with %d", i, answer)
		}
	}
	if answer := m.control(controlParamChange, 0, 0, 0); answer != 1061 { // ERROR_SERVICE_CANNOT_ACCEPT_CTRL
		t.Errorf("a control that is lost is answered with %d", answer)
	}
	// What the upper half of the register holds does not count.
	for _, stop := range []uint64{controlStop, 0xABCD<<32 | controlShutdown} {
		if answer := m.control(uintptr(stop), 0, 0, 0); answer != 0 {
			t.Errorf("stop is answered with %d", answer)
		}
	}
	if got := <-m.stops; got != controlStop {
		t.Errorf("got %d", got)
	}
}

func TestALogoffIsKeptFromTheProgramAndAShutdownIsNot(t *testing.T) {
	s := startService(t, "logoff", map[string]any{"StopTimeoutMilliseconds": "100"})
	s.waitForText("at a shutdown")
	s.expectInOrder("at a logoff: nothing\n", "at a Ctrl-C: interrupt\n", "at a shutdown: terminated\n")
	s.control(controlStop, 0)
	s.waitForEnd()
}
