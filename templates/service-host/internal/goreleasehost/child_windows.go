package goreleasehost

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

var resumeThread = kernel32.NewProc("ResumeThread")

const createSuspended = 0x4

// child is the running program.
type child struct {
	process syscall.Handle
	stdin   syscall.Handle
	job     job
	pid     uint32
	streams sync.WaitGroup
	// begun is closed when the program can be asked to stop.
	begun chan struct{}
	// exited tells the exit code, once.
	exited chan uint32
}

// startChild runs the program with its streams going to out. When it is this executable, it tells itself that it
// has begun.
func startChild(s settings, isSelf bool, out *output) (*child, error) {
	var event syscall.Handle
	if isSelf {
		var err error
		if event, err = newBegunEvent(); err != nil {
			return nil, errors.New("event: " + err.Error())
		}
		s.environment = append(s.environment, childVariable+"="+strconv.FormatUint(uint64(event), 10))
	}
	environment, err := mergeEnvironment(os.Environ(), s.environment)
	if err != nil {
		return nil, err
	}
	c := &child{begun: make(chan struct{}), exited: make(chan uint32, 1)}
	if c.job, err = newJob(); err != nil {
		return nil, errors.New("job object: " + err.Error())
	}
	streams, err := openStreams()
	if err != nil {
		return nil, err
	}
	defer streams.closeChildSide()
	information, err := createProcess(s, environment, streams)
	if err != nil {
		streams.closeHostSide()
		return nil, err
	}
	c.process, c.pid, c.stdin = information.Process, information.ProcessId, streams.stdin
	defer func() { _ = syscall.CloseHandle(information.Thread) }()
	// Suspended until it is in the job: nothing that it starts can be outside.
	if err := c.job.add(c.process); err != nil {
		_ = syscall.TerminateProcess(c.process, 1)
		streams.closeHostSide()
		return nil, errors.New("job object: " + err.Error())
	}
	c.read(streams.stdout, out)
	c.read(streams.stderr, out)
	_, _, _ = resumeThread.Call(uintptr(information.Thread))
	if isSelf {
		go waitForEvent(event, c.begun)
	} else {
		go waitForConsole(c.pid, consolePatience, c.begun)
	}
	go c.wait()
	return c, nil
}

func createProcess(s settings, environment []string, streams *streams) (*syscall.ProcessInformation, error) {
	program, err := syscall.UTF16PtrFromString(s.program)
	if err != nil {
		return nil, err
	}
	commandLine, err := syscall.UTF16PtrFromString(commandLine(s.program, s.arguments))
	if err != nil {
		return nil, err
	}
	var directory *uint16
	if s.workingDirectory != "" {
		if directory, err = syscall.UTF16PtrFromString(s.workingDirectory); err != nil {
			return nil, err
		}
	}
	block := environmentBlock(environment)
	startup := syscall.StartupInfo{
		Flags:     syscall.STARTF_USESTDHANDLES,
		StdInput:  streams.childIn,
		StdOutput: streams.childOut,
		StdErr:    streams.childErr,
	}
	var information syscall.ProcessInformation
	err = syscall.CreateProcess(program, commandLine, nil, nil, true,
		createSuspended|syscall.CREATE_UNICODE_ENVIRONMENT, &block[0], directory, &startup, &information)
	if err != nil {
		return nil, errors.New("`" + s.program + "` in `" + s.workingDirectory + "`: " + err.Error())
	}
	return &information, nil
}

// commandLine quotes as the C run-time and Go split again.
func commandLine(program string, arguments []string) string {
	words := make([]string, 0, len(arguments)+1)
	words = append(words, syscall.EscapeArg(program))
	for _, argument := range arguments {
		words = append(words, syscall.EscapeArg(argument))
	}
	return strings.Join(words, " ")
}

func (c *child) read(stream pipe, out *output) {
	c.streams.Add(1)
	go func() {
		defer c.streams.Done()
		out.copyFrom(stream)
		stream.close()
	}()
}

func (c *child) wait() {
	_, _ = syscall.WaitForSingleObject(c.process, syscall.INFINITE)
	code := uint32(1)
	_ = syscall.GetExitCodeProcess(c.process, &code)
	c.exited <- code
}

// finish ends what the program left running and waits for the last line of output.
func (c *child) finish() {
	const patience = 5 * time.Second
	c.job.end(patience)
	drained := make(chan struct{})
	go func() {
		c.streams.Wait()
		close(drained)
	}()
	select {
	case <-drained:
	case <-time.After(patience):
	}
	_ = syscall.CloseHandle(c.stdin)
	_ = syscall.CloseHandle(c.process)
}
