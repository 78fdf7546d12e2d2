package goreleasehost

import (
	"os"
	"strings"
	"syscall"
)

const (
	// serviceArgument, with the service's name behind it, is how the service manager starts the host.
	serviceArgument = "--gorelease-service="
	// childVariable marks the child in its environment, with the number of the event that says that it has begun;
	// the child takes it out before the program sees it.
	childVariable = "GORELEASE_SERVICE_CHILD"
)

// connection is the conversation with the service manager; nil when the process is no service.
var connection *manager

// begunEvent is the number of that event, and isChild tells that this process is the program below a host.
var (
	begunEvent string
	isChild    bool
)

// init calls the service manager while the packages of the program still initialise. What the service manager
// then calls back waits until they are done.
func init() {
	if name, ok := serviceName(os.Args); ok {
		connection = connect(name)
		return
	}
	if begunEvent, isChild = syscall.Getenv(childVariable); isChild {
		_ = syscall.Unsetenv(childVariable)
	}
}

func serviceName(arguments []string) (string, bool) {
	if len(arguments) < 2 {
		return "", false
	}
	name, found := strings.CutPrefix(arguments[1], serviceArgument)
	return name, found && name != ""
}

// Main takes the place of main: as a service it hosts the program, which is this executable again, otherwise
// it runs program.
func Main(program func()) {
	if connection != nil {
		executable, err := os.Executable()
		if err != nil {
			executable = os.Args[0]
		}
		serve(executable)
	}
	if isChild {
		ignoreLogoff()
		tellBegun(begunEvent)
	}
	program()
}

// Wrap is the main of the wrapper, whose program is the setting Program.
func Wrap() {
	if connection == nil {
		_, _ = os.Stderr.WriteString("This program is a Windows service. It is started by the service manager:\n" +
			"  sc.exe start NAME\n")
		os.Exit(2)
	}
	serve("")
}

// serve talks to the service manager until the service has ended, and does not return.
func serve(executable string) {
	if err := connection.wait(); err != nil {
		_, _ = os.Stderr.WriteString(connectionMessage(connection.name, err))
		os.Exit(1)
	}
	h := host{name: connection.name, executable: executable, manager: connection, extra: os.Args[2:]}
	connection.finish(h.run())
}

// connectionMessage explains why the service manager does not answer.
func connectionMessage(name string, err error) string {
	const notStartedByManager = syscall.Errno(1063) // ERROR_FAILED_SERVICE_CONTROLLER_CONNECT
	if err == notStartedByManager {
		return "error: " + serviceArgument + name + " is for the Windows service manager only (1063)\n" +
			"hint: start the service with `sc.exe start " + syscall.EscapeArg(name) + "`, or leave the argument out to run on this console\n"
	}
	return "error: the Windows service manager does not answer: " + err.Error() + "\n"
}
