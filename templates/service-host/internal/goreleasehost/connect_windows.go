package goreleasehost

import (
	"errors"
	"syscall"
	"unsafe"
)

var (
	ws2_32      = syscall.NewLazyDLL("ws2_32.dll")
	ioctlSocket = ws2_32.NewProc("ioctlsocket")
	selectCall  = ws2_32.NewProc("select")
)

// Windows answers a connection to a port where nobody listens only after about two seconds: it repeats the first
// packet although the other side has refused it, also on the loopback address. So the repetition is switched off, and
// where the system does not know that (before Windows Server 2019) the connection is given up early and tried again.

const (
	connectMilliseconds = 300

	ioctlNonBlocking   = 0x8004667E // FIONBIO (winsock2.h)
	ioctlTCPInitialRTO = 0x98000011 // SIO_TCP_INITIAL_RTO (mstcpip.h)
	socketError        = 0x1007     // SO_ERROR (winsock2.h)
	wouldBlock         = syscall.Errno(10035)
)

// initialRTO is TCP_INITIAL_RTO_PARAMETERS (mstcpip.h).
type initialRTO struct {
	roundTripTime   uint16
	retransmissions uint8
	_               uint8
}

// socketSet is fd_set with one socket.
type socketSet struct {
	count   uint32
	sockets [64]syscall.Handle
}

// timeValue is timeval.
type timeValue struct {
	seconds, microseconds int32
}

// connectQuickly connects, or fails soon; the socket blocks afterwards.
func connectQuickly(socket syscall.Handle, address syscall.Sockaddr) error {
	// TCP_INITIAL_RTO_UNSPECIFIED_RTT, TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS. It is only faster with it.
	parameters := initialRTO{roundTripTime: 0xFFFF, retransmissions: 0xFE}
	var count uint32
	_ = syscall.WSAIoctl(socket, ioctlTCPInitialRTO, (*byte)(unsafe.Pointer(&parameters)),
		uint32(unsafe.Sizeof(parameters)), nil, 0, &count, nil, 0)
	if err := setNonBlocking(socket, 1); err != nil {
		return err
	}
	if err := syscall.Connect(socket, address); err != nil {
		if err != wouldBlock {
			return err
		}
		if err := waitForConnection(socket); err != nil {
			return err
		}
	}
	return setNonBlocking(socket, 0)
}

func setNonBlocking(socket syscall.Handle, value uint32) error {
	failed, _, err := ioctlSocket.Call(uintptr(socket), ioctlNonBlocking, uintptr(unsafe.Pointer(&value)))
	if failed != 0 {
		return err
	}
	return nil
}

// waitForConnection waits until the socket can be written to or, which is how a refusal is told, is exceptional.
func waitForConnection(socket syscall.Handle) error {
	writable := socketSet{count: 1}
	writable.sockets[0] = socket
	exceptional := writable
	patience := timeValue{microseconds: connectMilliseconds * 1000}
	count, _, err := selectCall.Call(0, 0, uintptr(unsafe.Pointer(&writable)), uintptr(unsafe.Pointer(&exceptional)),
		uintptr(unsafe.Pointer(&patience)))
	switch {
	case int32(count) < 0:
		return err
	case count == 0:
		return errors.New("no connection")
	case exceptional.count == 0:
		return nil
	}
	var code int32
	length := int32(unsafe.Sizeof(code))
	if err := syscall.Getsockopt(socket, syscall.SOL_SOCKET, socketError, (*byte)(unsafe.Pointer(&code)), &length); err != nil {
		return err
	}
	return syscall.Errno(code)
}
