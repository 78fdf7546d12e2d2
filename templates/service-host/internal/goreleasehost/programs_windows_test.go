package goreleasehost

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// programs are what a tested host runs: they know nothing of services.
var programs = map[string]func(){
	"arguments": showArguments,
	"deaf":      doNotListen,
	"leaves":    leaveAGrandchild,
	"logoff":    meetConsoleEvents,
	"signals":   waitForSignal,
	"reads":     readStandardInput,
	"streams":   writeInPieces,
}

// waitForSignal takes as long to stop as some checkpoints of the tests.
func waitForSignal() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	fmt.Println("waiting")
	fmt.Println("got", <-signals)
	time.Sleep(300 * time.Millisecond)
	fmt.Println("good bye")
}

func doNotListen() {
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	fmt.Println("deaf")
	fmt.Fprintln(os.Stderr, "ready")
	time.Sleep(time.Hour)
}

// meetConsoleEvents lets a logoff and a shutdown through the process's own handlers, as the console does it: on a
// thread of its own, in kernelbase.CtrlRoutine.
func meetConsoleEvents() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	routine := syscall.NewLazyDLL("kernelbase.dll").NewProc("CtrlRoutine")
	createThread := kernel32.NewProc("CreateThread")
	meet := func(event uintptr) string {
		thread, _, err := createThread.Call(0, 0, routine.Addr(), event, 0, 0)
		if thread == 0 {
			return err.Error()
		}
		select {
		case received := <-signals:
			return received.String()
		case <-time.After(time.Second):
			return "nothing"
		}
	}
	const shutdown = 6
	fmt.Println("at a logoff:", meet(ctrlLogoffEvent))
	fmt.Println("at a Ctrl-C:", meet(ctrlCEvent))
	fmt.Println("at a shutdown:", meet(shutdown)) // The last one: Go's handler does not return from it.
	time.Sleep(time.Hour)
}

// writeInPieces writes what a reader of lines may stumble over, then closes its output and lives on.
func writeInPieces() {
	stdout := syscall.Handle(os.Stdout.Fd())
	var count uint32
	if err := syscall.WriteFile(stdout, nil, &count, nil); err != nil {
		fmt.Println(err)
	}
	time.Sleep(100 * time.Millisecond)
	fmt.Print("ERROR a line ")
	time.Sleep(100 * time.Millisecond)
	fmt.Print("in two\r\nnot UTF-8: \xff\xfe\nERROR a zero: \x00.\n")
	fmt.Println(strings.Repeat("long ", 2<<20))
	fmt.Print("the last")
	os.Stdout.Close()
	fmt.Fprintln(os.Stderr, "closed")
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	<-signals
	fmt.Fprintln(os.Stderr, "lived on")
}

func showArguments() {
	fmt.Printf("%q %q %q\n", os.Args[2:], os.Getenv("EQUAL"), os.Getenv("PATH"))
	_, isThere := os.LookupEnv(childVariable)
	fmt.Println("told by the environment:", isThere)
	select {}
}

// readStandardInput ends with its input, as many programs that are meant for a console do.
func readStandardInput() {
	ended := make(chan error, 1)
	go func() {
		_, err := os.Stdin.Read(make([]byte, 1))
		ended <- err
	}()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	select {
	case err := <-ended:
		fmt.Println("the input ended:", err)
	case <-signals:
		fmt.Println("still open")
	}
}

// leaveAGrandchild ends, but its own child has its output and lives on.
func leaveAGrandchild() {
	command := exec.Command(os.Args[0], "deaf")
	command.Env = append(os.Environ(), childVariable+"=0")
	command.Stdout = os.Stdout
	// Its second stream says that it has begun.
	ready, err := command.StderrPipe()
	if err == nil {
		err = command.Start()
	}
	if err == nil {
		_, err = ready.Read(make([]byte, 1))
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(9)
	}
	os.Exit(3)
}
