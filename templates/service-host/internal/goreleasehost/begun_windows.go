package goreleasehost

import (
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

var (
	createEvent = kernel32.NewProc("CreateEventW")
	setEvent    = kernel32.NewProc("SetEvent")
)

// A program that is still being loaded misses a Ctrl-C: it would run on until the time to stop is over. So the
// service is not running, and cannot be asked to stop, before the program has begun.

// newBegunEvent makes the event that the child, which inherits it, sets when its own main begins.
func newBegunEvent() (syscall.Handle, error) {
	attributes := syscall.SecurityAttributes{InheritHandle: 1}
	attributes.Length = uint32(unsafe.Sizeof(attributes))
	const manualReset = 1
	event, _, err := createEvent.Call(uintptr(unsafe.Pointer(&attributes)), manualReset, 0, 0)
	if event == 0 {
		return 0, err
	}
	return syscall.Handle(event), nil
}

// tellBegun sets the event of that number, as the child was told it.
func tellBegun(number string) {
	if event, err := strconv.ParseUint(number, 10, 64); err == nil {
		_, _, _ = setEvent.Call(uintptr(event))
		_ = syscall.CloseHandle(syscall.Handle(event))
	}
}

// waitForEvent closes begun when the event is set.
func waitForEvent(event syscall.Handle, begun chan<- struct{}) {
	_, _ = syscall.WaitForSingleObject(event, syscall.INFINITE)
	_ = syscall.CloseHandle(event)
	close(begun)
}

// consolePatience is more than a program needs to be loaded as far as its console.
const consolePatience = 10 * time.Second

// waitForConsole closes begun when a program that is not ours is attached to the host's console. One of the graphical
// subsystem never is, and after that time is taken to have begun.
func waitForConsole(pid uint32, patience time.Duration, begun chan<- struct{}) {
	const interval = 10 * time.Millisecond
	for start := time.Now(); !isOnConsole(pid) && time.Since(start) < patience; {
		time.Sleep(interval)
	}
	close(begun)
}
