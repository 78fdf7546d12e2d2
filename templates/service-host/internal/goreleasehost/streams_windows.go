package goreleasehost

import (
	"io"
	"syscall"
)

const (
	handleFlagInherit = 0x1
	pipeSize          = 64 << 10
)

// streams are both sides of the program's standard streams. Standard input is a pipe into which nothing is written and
// which stays open: a program that waits for a key or reads commands goes on waiting, as on a console; with NUL it would
// meet the end of its input and many would end.
type streams struct {
	stdin                       syscall.Handle
	stdout, stderr              pipe
	childIn, childOut, childErr syscall.Handle
}

// openStreams makes them so that the program inherits its own side only.
func openStreams() (*streams, error) {
	var s streams
	var err error
	if err = syscall.CreatePipe(&s.childIn, &s.stdin, nil, 0); err != nil {
		return nil, err
	}
	if err = syscall.CreatePipe(&s.stdout.handle, &s.childOut, nil, pipeSize); err != nil {
		return nil, err
	}
	if err = syscall.CreatePipe(&s.stderr.handle, &s.childErr, nil, pipeSize); err != nil {
		return nil, err
	}
	for _, handle := range []syscall.Handle{s.childIn, s.childOut, s.childErr} {
		if err := syscall.SetHandleInformation(handle, handleFlagInherit, handleFlagInherit); err != nil {
			return nil, err
		}
	}
	return &s, nil
}

func (s *streams) closeChildSide() {
	for _, handle := range []syscall.Handle{s.childIn, s.childOut, s.childErr} {
		_ = syscall.CloseHandle(handle)
	}
}

func (s *streams) closeHostSide() {
	_ = syscall.CloseHandle(s.stdin)
	s.stdout.close()
	s.stderr.close()
}

// pipe is the end from which a stream is read. It is no os.File, because that takes a write of no bytes for the end of
// the stream; some run-times, .NET among them, begin with one to see whether their output goes anywhere.
type pipe struct {
	handle syscall.Handle
}

func (p pipe) Read(buffer []byte) (int, error) {
	var count uint32
	err := syscall.ReadFile(p.handle, buffer, &count, nil)
	if err == syscall.ERROR_BROKEN_PIPE {
		return 0, io.EOF
	}
	return int(count), err
}

func (p pipe) close() {
	_ = syscall.CloseHandle(p.handle)
}
