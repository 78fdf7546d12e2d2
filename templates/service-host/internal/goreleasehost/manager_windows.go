package goreleasehost

import (
	"os"
	"syscall"
	"time"
	"unsafe"
)

var (
	advapi32                     = syscall.NewLazyDLL("advapi32.dll")
	startServiceCtrlDispatcher   = advapi32.NewProc("StartServiceCtrlDispatcherW")
	registerServiceCtrlHandlerEx = advapi32.NewProc("RegisterServiceCtrlHandlerExW")
	setServiceStatus             = advapi32.NewProc("SetServiceStatus")
	registerEventSource          = advapi32.NewProc("RegisterEventSourceW")
	reportEvent                  = advapi32.NewProc("ReportEventW")
	convertStringToDescriptor    = advapi32.NewProc("ConvertStringSecurityDescriptorToSecurityDescriptorW")
)

// States of a service (winsvc.h).
const (
	stateStopped      = 1
	stateStartPending = 2
	stateStopPending  = 3
	stateRunning      = 4
)

// Controls (winsvc.h). 128 to 255 belong to the service.
const (
	controlStop        = 1
	controlInterrogate = 4
	controlShutdown    = 5
	controlParamChange = 6
	controlPreShutdown = 15
	controlReopenLog   = 128
	controlRotateLog   = 129
)

// Which controls are accepted (winsvc.h).
const (
	acceptStop        = 0x1
	acceptShutdown    = 0x4
	acceptParamChange = 0x8
	acceptPreShutdown = 0x100
	acceptAll         = acceptStop | acceptShutdown | acceptParamChange | acceptPreShutdown
)

const (
	serviceWin32OwnProcess       = 0x10
	errorCallNotImplemented      = 120
	errorServiceCannotAcceptCtrl = 1061
	errorServiceSpecificError    = 1066
	// waitHint is longer than the time between two checkpoints, with room for a busy machine.
	waitHint = 10 * time.Second
)

// serviceStatus is SERVICE_STATUS.
type serviceStatus struct {
	serviceType, currentState, controlsAccepted uint32
	win32ExitCode, serviceSpecificExitCode      uint32
	checkPoint, waitHint                        uint32
}

// tableEntry is SERVICE_TABLE_ENTRYW.
type tableEntry struct {
	name *uint16
	main uintptr
}

// manager is the conversation with the service manager.
type manager struct {
	name       string
	table      [2]tableEntry
	handle     uintptr
	checkPoint uint32
	// set tells a status; SetServiceStatus, or a list in tests.
	set func(*serviceStatus)
	// stops has room for one, the first: whoever asks again asks for the same.
	stops chan uint32
	// controls are the other ones.
	controls   chan uint32
	started    chan error
	dispatched chan error
}

// connect calls the service manager and returns at once.
func connect(name string) *manager {
	m := newManager(name)
	m.set = m.setServiceStatus
	text, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		m.dispatched <- err
		return m
	}
	m.table[0] = tableEntry{text, syscall.NewCallback(m.serviceMain)}
	go func() {
		done, _, err := startServiceCtrlDispatcher.Call(uintptr(unsafe.Pointer(&m.table[0])))
		if done != 0 {
			err = nil
		}
		m.dispatched <- err
	}()
	return m
}

func newManager(name string) *manager {
	return &manager{
		name:       name,
		stops:      make(chan uint32, 1),
		controls:   make(chan uint32, 64),
		started:    make(chan error, 1),
		dispatched: make(chan error, 1),
	}
}

// wait returns when the service manager has asked to start.
func (m *manager) wait() error {
	select {
	case err := <-m.started:
		return err
	case err := <-m.dispatched:
		return err
	}
}

// serviceMain is ServiceMain: it runs on a thread of the service manager's library.
func (m *manager) serviceMain(_, _ uintptr) uintptr {
	handle, _, err := registerServiceCtrlHandlerEx.Call(
		uintptr(unsafe.Pointer(m.table[0].name)), syscall.NewCallback(m.control), 0)
	if handle == 0 {
		m.started <- err
		return 0
	}
	m.handle = handle
	m.report(stateStartPending, 0)
	m.started <- nil
	select {} // The process ends with finish.
}

// control is HandlerEx. It only hands over: the service manager waits for its return. The control is a DWORD, and
// nothing says what the upper half of its register holds.
func (m *manager) control(control, _, _, _ uintptr) uintptr {
	switch control := uint32(control); control {
	case controlInterrogate:
		return 0
	case controlStop, controlShutdown, controlPreShutdown:
		select {
		case m.stops <- control:
		default: // One waits already.
		}
		return 0
	case controlParamChange, controlReopenLog, controlRotateLog:
		select {
		case m.controls <- control:
			return 0
		default: // Too many wait, and this one would be lost.
			return errorServiceCannotAcceptCtrl
		}
	default:
		return errorCallNotImplemented
	}
}

// report tells a pending state or Running.
func (m *manager) report(state, accepted uint32) {
	status := serviceStatus{serviceType: serviceWin32OwnProcess, currentState: state, controlsAccepted: accepted}
	if state == stateStartPending || state == stateStopPending {
		m.checkPoint++
		status.checkPoint, status.waitHint = m.checkPoint, uint32(waitHint.Milliseconds())
	} else {
		m.checkPoint = 0
	}
	m.set(&status)
}

// stopped tells Stopped with the service-specific code, 0 after an ordered stop.
func (m *manager) stopped(code uint32) {
	status := serviceStatus{serviceType: serviceWin32OwnProcess, currentState: stateStopped}
	if code != 0 {
		status.win32ExitCode, status.serviceSpecificExitCode = errorServiceSpecificError, code
	}
	m.set(&status)
}

// finish tells Stopped and ends the process at once: whoever sees the service stopped may replace the executable, which
// Windows keeps locked as long as a process runs from it. The dispatcher is not waited for, as it returns only after
// another round through the service manager.
func (m *manager) finish(code uint32) {
	_, _, _ = freeConsole.Call()
	m.stopped(code)
	os.Exit(int(code))
}

func (m *manager) setServiceStatus(status *serviceStatus) {
	_, _, _ = setServiceStatus.Call(m.handle, uintptr(unsafe.Pointer(status)))
}
