// The wrapper: a service whose program is a separate executable, named by the setting Program.
package main

import "gorelease.example/service-host/internal/goreleasehost"

func main() {
	goreleasehost.Wrap()
}
