package goreleasehost

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
)

// checkPointInterval is how often a pending state is renewed; tests are less patient.
var checkPointInterval = time.Second

// host runs one service from start to end.
type host struct {
	name string
	// executable is the program; empty for the wrapper, whose program is a setting.
	executable string
	manager    *manager
	// extra are arguments behind the service's name, used when the setting Arguments is missing.
	extra []string

	settings settings
	events   *eventLog
	file     *rotatedFile
	out      *output
	child    *child
	// target is where readiness is asked; nil without a health check.
	target  *target
	probe   *probe
	state   uint32
	startAt time.Time
	// wasForced tells that the host ended the program after the time to stop.
	wasForced bool
}

// run returns the service-specific exit code: 0 after an ordered stop.
func (h *host) run() uint32 {
	h.state = stateStartPending
	h.startAt = time.Now()
	h.events = openEventLog(h.name)
	if err := h.prepare(); err != nil {
		h.report(eventSettingsWrong, failure, "the service's settings are wrong: "+err.Error())
		return exitSettingsWrong
	}
	defer h.closeLog()
	if err := h.start(); err != nil {
		h.report(eventProgramNotStarted, failure, "the program cannot be started: "+err.Error())
		return exitProgramNotStarted
	}
	return h.loop()
}

// prepare reads the settings and opens the logs.
func (h *host) prepare() error {
	var err error
	if h.settings, err = loadSettings(registry{h.name}, h.name); err != nil {
		return err
	}
	if h.settings.eventSource != h.name {
		h.events = openEventLog(h.settings.eventSource)
	}
	h.openLog()
	if h.executable != "" {
		h.settings.program = h.executable
	}
	if h.settings.program == "" {
		return errors.New("setting Program is missing")
	}
	if !h.settings.hasArguments {
		h.settings.arguments = h.extra
	}
	h.target, err = readinessTarget(h.settings.healthURL, h.settings.healthAddress)
	return err
}

// openLog opens the log file; a service whose log cannot be written runs all the same.
func (h *host) openLog() {
	var sink io.Writer
	if path := h.settings.logFile; path != "" {
		if err := createLogFolder(path); err != nil {
			h.logFault(err)
		}
		h.file = openRotatedFile(path, openShared, h.settings.logRotateBytes, h.settings.logKeep, h.logFault)
		sink = h.file
	}
	h.out = &output{file: sink, events: h.events, now: time.Now}
}

func (h *host) logFault(err error) {
	h.events.report(eventLogFile, warning, "the log file `"+h.settings.logFile+"` cannot be written or rotated: "+err.Error())
}

func (h *host) closeLog() {
	if h.file != nil {
		h.file.Close()
	}
}

func (h *host) start() error {
	if err := openConsole(); err != nil {
		return errors.New("console: " + err.Error())
	}
	var err error
	h.child, err = startChild(h.settings, h.executable != "", h.out)
	return err
}

// loop waits for what happens and is the only place that changes the state.
func (h *host) loop() uint32 {
	ticks := time.NewTicker(checkPointInterval)
	defer ticks.Stop()
	begun, deadline := h.child.begun, time.After(h.patience())
	var ready <-chan struct{}
	var stops <-chan uint32 // Nothing before the program has begun, as it would miss the request.
	for {
		select {
		case code := <-h.child.exited:
			return h.ended(code)
		case <-begun:
			begun, stops = nil, h.manager.stops
			ready = h.readiness()
		case <-ready:
			ready, deadline = nil, nil
			h.running()
		case control := <-stops:
			h.stop(control)
			stops, ready, deadline = nil, nil, time.After(h.settings.stopTimeout)
		case control := <-h.manager.controls:
			h.control(control)
		case <-deadline:
			deadline = nil
			if h.state == stateStartPending {
				return h.notReady()
			}
			h.stopTimedOut()
		case <-ticks.C:
			h.checkPoint()
		}
	}
}

// patience is how long the program may take to become ready.
func (h *host) patience() time.Duration {
	if h.target == nil {
		return h.settings.startTimeout + h.settings.minimumUptime
	}
	return h.settings.startTimeout
}

// readiness returns what tells that the program, which has begun, is ready.
func (h *host) readiness() <-chan struct{} {
	if h.target != nil {
		h.probe = startProbe(*h.target)
		return h.probe.ready
	}
	lived := make(chan struct{})
	time.AfterFunc(h.settings.minimumUptime, func() { close(lived) })
	return lived
}

func (h *host) checkPoint() {
	if h.state != stateRunning {
		h.manager.report(h.state, 0)
	}
}

func (h *host) running() {
	h.state = stateRunning
	h.manager.report(stateRunning, acceptAll)
	h.report(eventStarted, information, "started as process "+strconv.Itoa(int(h.child.pid))+
		", ready after "+time.Since(h.startAt).Round(time.Millisecond).String())
}

// control does what the service manager asks, other than to stop.
func (h *host) control(control uint32) {
	switch control {
	case controlParamChange:
		h.readSettingsAgain()
	case controlReopenLog:
		if h.file != nil {
			h.file.reopen()
		}
		h.report(eventControl, information, "log file opened again")
	case controlRotateLog:
		if h.file != nil {
			h.file.rotateNow()
		}
		h.report(eventControl, information, "log file rotated")
	}
}

// stop asks the program to stop, as Ctrl-C does.
func (h *host) stop(control uint32) {
	h.state = stateStopPending
	h.checkPoint()
	reasons := map[uint32]string{controlShutdown: "shutdown", controlPreShutdown: "coming shutdown"}
	reason := "request to stop"
	if text, ok := reasons[control]; ok {
		reason = text
	}
	h.report(eventStopRequested, information, "stopping because of a "+reason)
	if err := interrupt(); err != nil {
		h.report(eventStopTimeout, warning, "the program cannot be asked to stop: "+err.Error())
		h.force()
	}
}

// readSettingsAgain applies what can change while the program runs.
func (h *host) readSettingsAgain() {
	again, err := loadSettings(registry{h.name}, h.name)
	if err != nil {
		h.report(eventSettingsWrong, warning, "the changed settings are wrong and not used: "+err.Error())
		return
	}
	h.settings.stopTimeout = again.stopTimeout
	if h.file != nil {
		h.file.configure(again.logRotateBytes, again.logKeep)
	}
	h.report(eventControl, information, "settings of the log and the time to stop read again; others need a restart")
}

func (h *host) stopTimedOut() {
	h.report(eventStopTimeout, warning, "the program did not stop within "+h.settings.stopTimeout.String()+" and is ended")
	h.force()
}

func (h *host) force() {
	h.wasForced = true
	h.child.job.end(0)
}

func (h *host) notReady() uint32 {
	problem := "the program has not begun; its packages may take long to initialise"
	if h.probe != nil {
		problem = h.probe.lastProblem()
	}
	h.endChild()
	h.report(eventNotReady, failure, "not ready within "+h.patience().String()+": "+problem)
	return exitNotReady
}

// ended tells how the program's end counts.
func (h *host) ended(code uint32) uint32 {
	h.endChild()
	if h.state == stateStopPending {
		h.report(eventStopped, information, "stopped; "+stopText(code, h.wasForced))
		return 0
	}
	h.report(eventProgramEnded, failure, "the program ended by itself with exit code "+exitCodeText(code))
	if code == 0 {
		return exitProgramEnded
	}
	return code
}

// stopText says how the program ended after it was asked to stop.
func stopText(code uint32, wasForced bool) string {
	const controlCExit = 0xC000013A // STATUS_CONTROL_C_EXIT: Windows' own handler of Ctrl-C ended the program.
	switch {
	case wasForced:
		return "the program was ended by force"
	case code == controlCExit:
		return "the program does not handle Ctrl-C (os.Interrupt), so Windows ended it without a clean shutdown (exit code " +
			exitCodeText(code) + ")"
	default:
		return "the program's exit code was " + exitCodeText(code)
	}
}

func (h *host) endChild() {
	h.child.finish()
	h.out.finish()
}

// exitCodeText shows small codes as numbers and others, such as 0xC000013A, as they are known.
func exitCodeText(code uint32) string {
	if code < 1<<16 {
		return strconv.FormatUint(uint64(code), 10)
	}
	return "0x" + strings.ToUpper(strconv.FormatUint(uint64(code), 16))
}

// report writes an event of the host's own, to the Event Log and to the log file.
func (h *host) report(id int, importance level, text string) {
	h.events.report(id, importance, h.name+": "+text)
	if h.file == nil {
		return
	}
	const stamp = "2006-01-02T15:04:05.000Z07:00"
	line := time.Now().Format(stamp) + " [service " + h.name + "] event " + strconv.Itoa(id) + " " +
		importance.String() + ": " + text + "\r\n"
	_, _ = h.file.Write([]byte(line))
}
