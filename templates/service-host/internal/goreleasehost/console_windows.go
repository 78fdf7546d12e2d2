package goreleasehost

import (
	"syscall"
	"time"
	"unsafe"
)

var (
	kernel32                 = syscall.NewLazyDLL("kernel32.dll")
	allocConsole             = kernel32.NewProc("AllocConsole")
	freeConsole              = kernel32.NewProc("FreeConsole")
	setConsoleCtrlHandler    = kernel32.NewProc("SetConsoleCtrlHandler")
	generateConsoleCtrlEvent = kernel32.NewProc("GenerateConsoleCtrlEvent")
	getConsoleProcessList    = kernel32.NewProc("GetConsoleProcessList")
)

// Console events (wincon.h).
const (
	ctrlCEvent      = 0
	ctrlLogoffEvent = 5
)

// openConsole gives the host a console, which its child shares: a Ctrl-C there is what every program
// understands as a request to stop. The host itself ignores what comes from it.
func openConsole() error {
	// Whoever starts with Ctrl-C ignored passes that on to its children.
	_, _, _ = setConsoleCtrlHandler.Call(0, 0)
	handler := syscall.NewCallback(func(uintptr) uintptr { return 1 })
	if done, _, err := setConsoleCtrlHandler.Call(handler, 1); done == 0 {
		return err
	}
	return allocateConsole()
}

// allocateConsole asks again when it fails: the console is a process of its own, which a busy machine may not
// start at once.
func allocateConsole() error {
	const tries, pause = 5, 500 * time.Millisecond
	var err error
	for i := 0; i < tries; i++ {
		var done uintptr
		if done, _, err = allocConsole.Call(); done != 0 || err == syscall.ERROR_ACCESS_DENIED {
			return nil
		}
		_, _, _ = freeConsole.Call()
		time.Sleep(pause)
	}
	return err
}

// interrupt presses Ctrl-C, which reaches every process that is attached to the console.
func interrupt() error {
	if done, _, err := generateConsoleCtrlEvent.Call(ctrlCEvent, 0); done == 0 {
		return err
	}
	return nil
}

// isOnConsole tells whether a process is attached to the host's console, which it does by itself while it is
// loaded. When Windows does not tell, it is taken to be.
func isOnConsole(pid uint32) bool {
	list := make([]uint32, 64)
	for {
		count, _, _ := getConsoleProcessList.Call(uintptr(unsafe.Pointer(&list[0])), uintptr(len(list)))
		if count == 0 {
			return true
		}
		if int(count) <= len(list) {
			return contains(list[:count], pid)
		}
		list = make([]uint32, 2*count)
	}
}

func contains(list []uint32, wanted uint32) bool {
	for _, value := range list {
		if value == wanted {
			return true
		}
	}
	return false
}

// ignoreLogoff keeps a user's logoff from the program, which Go would take for SIGTERM: Windows sends it to
// every service that has a console.
func ignoreLogoff() {
	handler := syscall.NewCallback(func(event uintptr) uintptr {
		// A DWORD: nothing says what the upper half of the register holds.
		if uint32(event) == ctrlLogoffEvent {
			return 1
		}
		return 0
	})
	_, _, _ = setConsoleCtrlHandler.Call(handler, 1)
}
