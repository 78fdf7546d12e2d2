package goreleasehost

import "unsafe"

// The structures are as large as in C, or this does not compile: 112 bytes on 386 and 144 on the others, and so on.
const pointer = unsafe.Sizeof(uintptr(0))

var (
	_ = [1]struct{}{}[unsafe.Sizeof(extendedLimits{})-(80+8*pointer)]
	_ = [1]struct{}{}[unsafe.Offsetof(extendedLimits{}.ioCounters)-(32+4*pointer)]
	_ = [1]struct{}{}[unsafe.Sizeof(accounting{})-48]
	_ = [1]struct{}{}[unsafe.Sizeof(serviceStatus{})-28]
	_ = [1]struct{}{}[unsafe.Sizeof(tableEntry{})-2*pointer]
)
