// Asks the service manager for what Wine's sc.exe does not know, and for many rounds in one process.
//
//	control send NAME CODE...   sends each control code in turn
//	control rounds NAME COUNT   starts and stops the service, in order each time; prints how many milliseconds its
//	                            process lived on after Stopped, the median of all rounds
//	control handles NAME        prints how many handles the service's process has open
//	control kill NAME           ends the service's process hard
package main

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

var (
	advapi32           = syscall.NewLazyDLL("advapi32.dll")
	kernel32           = syscall.NewLazyDLL("kernel32.dll")
	openManager        = advapi32.NewProc("OpenSCManagerW")
	openService        = advapi32.NewProc("OpenServiceW")
	startService       = advapi32.NewProc("StartServiceW")
	controlService     = advapi32.NewProc("ControlService")
	queryServiceStatus = advapi32.NewProc("QueryServiceStatusEx")
	getProcessHandles  = kernel32.NewProc("GetProcessHandleCount")
)

// Constants of winsvc.h and winnt.h.
const (
	stateStopped        = 1
	stateRunning        = 4
	controlStop         = 1
	serviceAllAccess    = 0xF01FF
	managerConnect      = 0x1
	statusProcessInfo   = 0
	processQueryLimited = 0x1000
)

const patience = 2 * time.Minute

// status is SERVICE_STATUS_PROCESS.
type status struct {
	kind, state, accepted, exitCode, specificCode, checkPoint, waitHint, pid, flags uint32
}

type service struct {
	name   string
	handle uintptr
}

func main() {
	if len(os.Args) < 3 {
		fail("usage: control send|rounds|handles|kill NAME ...")
	}
	s := open(os.Args[2])
	switch os.Args[1] {
	case "send":
		for _, text := range os.Args[3:] {
			s.control(uint32(number(text)))
		}
	case "rounds":
		s.rounds(number(os.Args[3]))
	case "kill":
		if err := syscall.TerminateProcess(openProcess(s.status().pid), 1); err != nil {
			fail("process of %s: %v", s.name, err)
		}
	case "handles":
		fmt.Println(s.handles())
	default:
		fail("unknown verb %s", os.Args[1])
	}
}

func open(name string) service {
	manager, _, err := openManager.Call(0, 0, managerConnect)
	if manager == 0 {
		fail("service manager: %v", err)
	}
	text, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		fail("service %s: %v", name, err)
	}
	handle, _, err := openService.Call(manager, uintptr(unsafe.Pointer(text)), serviceAllAccess)
	if handle == 0 {
		fail("service %s: %v", name, err)
	}
	return service{name, handle}
}

func (s service) start() {
	if done, _, err := startService.Call(s.handle, 0, 0); done == 0 {
		fail("start %s: %v", s.name, err)
	}
}

func (s service) control(code uint32) {
	var answer [7]uint32
	done, _, err := controlService.Call(s.handle, uintptr(code), uintptr(unsafe.Pointer(&answer)))
	if done == 0 {
		fail("control %d of %s: %v", code, s.name, err)
	}
}

func (s service) status() status {
	var now status
	var needed uint32
	done, _, err := queryServiceStatus.Call(s.handle, statusProcessInfo,
		uintptr(unsafe.Pointer(&now)), unsafe.Sizeof(now), uintptr(unsafe.Pointer(&needed)))
	if done == 0 {
		fail("status of %s: %v", s.name, err)
	}
	return now
}

func (s service) wait(state uint32) status {
	for start := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		now := s.status()
		if now.state == state {
			return now
		}
		if time.Since(start) > patience {
			fail("%s is in state %d, not %d, after %v", s.name, now.state, state, patience)
		}
	}
}

// rounds starts and stops the service, and asserts that each end is one in order and leaves no process.
func (s service) rounds(count int) {
	lived := make([]time.Duration, 0, count)
	for round := 1; round <= count; round++ {
		s.start()
		process := openProcess(s.wait(stateRunning).pid)
		s.control(controlStop)
		if end := s.wait(stateStopped); end.exitCode != 0 {
			fail("round %d ended with %d (%d)", round, end.exitCode, end.specificCode)
		}
		stopped := time.Now()
		event, err := syscall.WaitForSingleObject(process, uint32(patience.Milliseconds()))
		if event != syscall.WAIT_OBJECT_0 {
			fail("round %d left its process: %v", round, err)
		}
		lived = append(lived, time.Since(stopped))
		_ = syscall.CloseHandle(process)
	}
	sort.Slice(lived, func(i, j int) bool { return lived[i] < lived[j] })
	fmt.Println(lived[count/2].Milliseconds())
}

func openProcess(pid uint32) syscall.Handle {
	process, err := syscall.OpenProcess(processQueryLimited|syscall.PROCESS_TERMINATE|syscall.SYNCHRONIZE, false, pid)
	if err != nil {
		fail("process %d: %v", pid, err)
	}
	return process
}

func (s service) handles() uint32 {
	process := openProcess(s.status().pid)
	var count uint32
	if done, _, err := getProcessHandles.Call(uintptr(process), uintptr(unsafe.Pointer(&count))); done == 0 {
		fail("handles of %s: %v", s.name, err)
	}
	return count
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	if err != nil {
		fail("%v", err)
	}
	return value
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}
