package goreleasehost

import (
	"errors"
	"net/netip"
	"strings"
)

// target is where readiness is asked.
type target struct {
	address netip.AddrPort
	// host is what the request's Host header says.
	host string
	// path is the path of an HTTP GET; empty when an open port is enough.
	path string
}

// readinessTarget reads the setting HealthUrl or, without one, HealthAddress. Neither: nil.
func readinessTarget(url, address string) (*target, error) {
	if url == "" && address == "" {
		return nil, nil
	}
	if url == "" {
		parsed, err := parseAddress(address)
		return &target{address: parsed, host: address}, err
	}
	rest, isHTTP := strings.CutPrefix(url, "http://")
	if !isHTTP {
		return nil, errors.New("setting HealthUrl: `" + url + "` does not begin with http://")
	}
	host, path, _ := strings.Cut(rest, "/")
	if !strings.Contains(host, ":") {
		host += ":80"
	}
	parsed, err := parseAddress(host)
	return &target{address: parsed, host: host, path: "/" + path}, err
}

// parseAddress reads an IPv4 address or localhost, and a port. Names are not looked up: that would bring the
// whole package net into the program.
func parseAddress(text string) (netip.AddrPort, error) {
	literal := text
	if port, isLocal := strings.CutPrefix(text, "localhost:"); isLocal {
		literal = "127.0.0.1:" + port
	}
	address, err := netip.ParseAddrPort(literal)
	if err != nil || !address.Addr().Is4() || address.Port() == 0 {
		return netip.AddrPort{}, errors.New("health address `" + text + "` is not an IPv4 address or localhost with a port")
	}
	return address, nil
}

// isReadyAnswer tells whether the first line of an HTTP answer has the status 200.
func isReadyAnswer(answer string) bool {
	words := strings.Fields(answer)
	return len(words) >= 2 && strings.HasPrefix(words[0], "HTTP/") && words[1] == "200"
}
