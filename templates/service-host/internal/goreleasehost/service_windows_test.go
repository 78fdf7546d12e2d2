package goreleasehost

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"
	"unsafe"
)

// These tests run the real host with a real child, the test executable again, and give the controls to HandlerEx as
// the service manager would. Only SetServiceStatus is replaced, by a list.

// TestMain runs the tests or, as the child of a host, one of the programs in programs_windows_test.go.
func TestMain(m *testing.M) {
	if isChild {
		Main(func() { programs[os.Args[1]]() })
		return
	}
	// As a service the process has no console before the host opens one.
	_, _, _ = freeConsole.Call()
	checkPointInterval = 50 * time.Millisecond
	os.Exit(m.Run())
}

const patience = 30 * time.Second

// service is a host that runs.
type service struct {
	t       *testing.T
	manager *manager
	log     string
	ended   chan uint32
	mutex   sync.Mutex
	told    []serviceStatus
}

// startService runs the program of that name as a service. A setting's value is a string or a []string.
func startService(t *testing.T, program string, settings map[string]any) *service {
	t.Helper()
	name := t.Name()
	s := &service{
		t:       t,
		manager: newManager(name),
		log:     filepath.Join(temporaryFolder(t), "logs", "x.log"),
		ended:   make(chan uint32, 1),
	}
	s.manager.set = func(status *serviceStatus) {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		s.told = append(s.told, *status)
	}
	all := map[string]any{"LogFile": s.log, "MinimumUptimeMilliseconds": "50", "Arguments": []string{program}}
	for key, value := range settings {
		all[key] = value
	}
	writeSettings(t, name, all)
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	h := &host{name: name, executable: executable, manager: s.manager}
	go func() {
		code := h.run()
		s.manager.stopped(code)
		s.ended <- code
	}()
	return s
}

// statuses is what the service manager was told so far.
func (s *service) statuses() []serviceStatus {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]serviceStatus(nil), s.told...)
}

// waitForState returns the newest status when it has the state.
func (s *service) waitForState(state uint32) serviceStatus {
	s.t.Helper()
	for start := time.Now(); time.Since(start) < patience; time.Sleep(5 * time.Millisecond) {
		told := s.statuses()
		if len(told) > 0 && told[len(told)-1].currentState == state {
			return told[len(told)-1]
		}
	}
	s.t.Fatalf("never in state %d: %+v\n%s", state, s.statuses(), s.text())
	return serviceStatus{}
}

// text is the log file's, with plain ends of lines.
func (s *service) text() string {
	text, _ := os.ReadFile(s.log)
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

func (s *service) waitForText(words string) {
	s.t.Helper()
	for start := time.Now(); time.Since(start) < patience; time.Sleep(5 * time.Millisecond) {
		if strings.Contains(s.text(), words) {
			return
		}
	}
	s.t.Fatalf("%q never in the log:\n%s", words, s.text())
}

// control does what the service manager does with a control.
func (s *service) control(control, want uintptr) {
	s.t.Helper()
	if got := s.manager.control(control, 0, 0, 0); got != want {
		s.t.Errorf("control %d is answered with %d, not %d", control, got, want)
	}
}

// waitForEnd returns the service-specific exit code.
func (s *service) waitForEnd() uint32 {
	s.t.Helper()
	select {
	case code := <-s.ended:
		return code
	case <-time.After(patience):
		s.t.Fatalf("never ended: %+v\n%s", s.statuses(), s.text())
		return 0
	}
}

// expectInOrder fails unless the log has the words one after the other, each once.
func (s *service) expectInOrder(words ...string) {
	s.t.Helper()
	text, from := s.text(), 0
	for _, word := range words {
		at := strings.Index(text[from:], word)
		if at < 0 || strings.Count(text, word) != 1 {
			s.t.Fatalf("%q is not where and as often as it should be:\n%s", word, text)
		}
		from += at + len(word)
	}
}

// writeSettings makes the service's registry key and takes it away after the test.
func writeSettings(t *testing.T, service string, settings map[string]any) {
	t.Helper()
	root, err := syscall.UTF16PtrFromString(`SYSTEM\CurrentControlSet\Services\` + service)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		advapi32.NewProc("RegDeleteTreeW").Call(uintptr(syscall.HKEY_LOCAL_MACHINE), uintptr(unsafe.Pointer(root)))
	})
	path, _ := syscall.UTF16PtrFromString(`SYSTEM\CurrentControlSet\Services\` + service + `\Parameters`)
	var key syscall.Handle
	const allAccess = 0xF003F
	failed, _, _ := advapi32.NewProc("RegCreateKeyExW").Call(uintptr(syscall.HKEY_LOCAL_MACHINE),
		uintptr(unsafe.Pointer(path)), 0, 0, 0, allAccess, 0, uintptr(unsafe.Pointer(&key)), 0)
	if failed != 0 {
		t.Fatal(syscall.Errno(failed))
	}
	defer syscall.RegCloseKey(key)
	for name, value := range settings {
		kind, text := uintptr(syscall.REG_SZ), ""
		switch value := value.(type) {
		case string:
			text = value + "\x00"
		case []string:
			kind, text = syscall.REG_MULTI_SZ, strings.Join(value, "\x00")+"\x00\x00"
		}
		data := utf16.Encode([]rune(text))
		wide, _ := syscall.UTF16PtrFromString(name)
		failed, _, _ := advapi32.NewProc("RegSetValueExW").Call(uintptr(key), uintptr(unsafe.Pointer(wide)), 0, kind,
			uintptr(unsafe.Pointer(&data[0])), uintptr(2*len(data)))
		if failed != 0 {
			t.Fatal(name, syscall.Errno(failed))
		}
	}
}
