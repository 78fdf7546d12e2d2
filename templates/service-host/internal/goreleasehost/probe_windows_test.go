package goreleasehost

import (
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"
)

func ask(t *testing.T, address string) (bool, error, time.Duration) {
	t.Helper()
	start := time.Now()
	isConnected, err := target{address: netip.MustParseAddrPort(address), host: address}.ask()
	return isConnected, err, time.Since(start)
}

func TestAProbeFindsAListenerAndARefusal(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if isConnected, err, _ := ask(t, address); !isConnected || err != nil {
		t.Error("a listener:", isConnected, err)
	}
	_ = listener.Close()
	isConnected, err, took := ask(t, address)
	if isConnected || err == nil || !strings.Contains(err.Error(), address) {
		t.Error("nobody listens:", isConnected, err)
	}
	if took > 2*connectMilliseconds*time.Millisecond {
		t.Errorf("the refusal took %v", took)
	}
}

// A full queue stands for every system that does not answer at once: the kernel leaves the connection open.
func TestAConnectionWithoutAnAnswerIsGivenUpSoon(t *testing.T) {
	listener, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, syscall.IPPROTO_TCP)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Closesocket(listener)
	if err := syscall.Bind(listener, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(listener, 1); err != nil {
		t.Fatal(err)
	}
	local, err := syscall.Getsockname(listener)
	if err != nil {
		t.Fatal(err)
	}
	address := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(local.(*syscall.SockaddrInet4).Port)).String()
	const more = 5 // than the queue takes
	for i := 0; i < more; i++ {
		connection, err := net.DialTimeout("tcp4", address, 200*time.Millisecond)
		if err != nil {
			break
		}
		defer connection.Close()
	}
	isConnected, err, took := ask(t, address)
	if isConnected || err == nil {
		t.Error("connected to a full queue")
	}
	if took > 3*connectMilliseconds*time.Millisecond {
		t.Errorf("it took %v", took)
	}
}

func TestReadinessIsSeenAtOnce(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	p := startProbe(target{address: netip.MustParseAddrPort(address), host: address})
	time.Sleep(500 * time.Millisecond)
	if listener, err = net.Listen("tcp4", address); err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	start := time.Now()
	select {
	case <-p.ready:
	case <-time.After(patience):
		t.Fatal("never ready")
	}
	if took := time.Since(start); took > 200*time.Millisecond {
		t.Errorf("seen after %v", took)
	}
}
