package goreleasehost

import (
	"errors"
	"strings"
	"syscall"
	"time"
)

const (
	socketReceiveTimeout = 0x1006 // SO_RCVTIMEO (winsock2.h)
	probeTimeout         = 5 * time.Second
	// connectInterval is the time between two tries to connect; they cost the program nothing.
	connectInterval = 25 * time.Millisecond
	// questionInterval is the time between two requests, which the program has to answer.
	questionInterval = 250 * time.Millisecond
)

// probe asks until the program is ready. It uses the socket calls of package syscall, because package net would
// make a program that has no use for it larger.
type probe struct {
	target target
	ready  chan struct{}
	// problem is what the last question met; sent before each next one.
	problem chan error
}

func startProbe(t target) *probe {
	p := &probe{target: t, ready: make(chan struct{}), problem: make(chan error, 1)}
	go p.run()
	return p
}

func (p *probe) run() {
	var data syscall.WSAData
	if err := syscall.WSAStartup(0x0202, &data); err != nil {
		p.problem <- err
		return
	}
	for {
		isConnected, err := p.target.ask()
		if err == nil {
			close(p.ready)
			return
		}
		select {
		case <-p.problem: // The older one.
		default:
		}
		p.problem <- err
		if isConnected {
			time.Sleep(questionInterval)
		} else {
			time.Sleep(connectInterval)
		}
	}
}

// lastProblem says why the program is not ready.
func (p *probe) lastProblem() string {
	select {
	case err := <-p.problem:
		return err.Error()
	default:
		return "no answer"
	}
}

// ask asks once, and tells whether the program took the connection.
func (t target) ask() (isConnected bool, err error) {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, syscall.IPPROTO_TCP)
	if err != nil {
		return false, err
	}
	defer func() { _ = syscall.Closesocket(socket) }()
	address := syscall.SockaddrInet4{Addr: t.address.Addr().As4(), Port: int(t.address.Port())}
	if err := connectQuickly(socket, &address); err != nil {
		return false, errors.New("`" + t.host + "`: " + err.Error())
	}
	if t.path == "" {
		return true, nil
	}
	answer, err := exchange(socket, "GET "+t.path+" HTTP/1.0\r\nHost: "+t.host+"\r\nConnection: close\r\n\r\n")
	if err != nil {
		return true, errors.New("`http://" + t.host + t.path + "`: " + err.Error())
	}
	if !isReadyAnswer(answer) {
		line, _, _ := strings.Cut(answer, "\r\n")
		return true, errors.New("`http://" + t.host + t.path + "` answers `" + line + "`")
	}
	return true, nil
}

// exchange sends the request and reads the answer's beginning.
func exchange(socket syscall.Handle, request string) (string, error) {
	milliseconds := int(probeTimeout.Milliseconds())
	if err := syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, socketReceiveTimeout, milliseconds); err != nil {
		return "", err
	}
	bytes := []byte(request)
	var count, flags uint32
	buffer := syscall.WSABuf{Len: uint32(len(bytes)), Buf: &bytes[0]}
	if err := syscall.WSASend(socket, &buffer, 1, &count, 0, nil, nil); err != nil {
		return "", err
	}
	answer := make([]byte, 512)
	length := uint32(0)
	for length < uint32(len(answer)) && !strings.Contains(string(answer[:length]), "\r\n") {
		buffer = syscall.WSABuf{Len: uint32(len(answer)) - length, Buf: &answer[length]}
		if err := syscall.WSARecv(socket, &buffer, 1, &count, &flags, nil, nil); err != nil {
			return "", err
		}
		if count == 0 {
			break
		}
		length += count
	}
	return string(answer[:length]), nil
}
