package goreleasehost

import (
	"syscall"
	"time"
	"unsafe"
)

var (
	createJobObject           = kernel32.NewProc("CreateJobObjectW")
	setInformationJobObject   = kernel32.NewProc("SetInformationJobObject")
	queryInformationJobObject = kernel32.NewProc("QueryInformationJobObject")
	assignProcessToJobObject  = kernel32.NewProc("AssignProcessToJobObject")
	terminateJobObject        = kernel32.NewProc("TerminateJobObject")
)

const (
	jobBasicAccountingInformation = 1
	jobExtendedLimitInformation   = 9
	jobLimitKillOnJobClose        = 0x2000
)

// extendedLimits is JOBOBJECT_EXTENDED_LIMIT_INFORMATION.
type extendedLimits struct {
	perProcessUserTimeLimit, perJobUserTimeLimit int64
	limitFlags                                   uint32
	minimumWorkingSetSize, maximumWorkingSetSize uintptr
	activeProcessLimit                           uint32
	affinity                                     uintptr
	priorityClass, schedulingClass               uint32
	_                                            [8 - unsafe.Sizeof(uintptr(0))]byte // C aligns to 8 on 386 too.
	ioCounters                                   [6]uint64
	processMemoryLimit, jobMemoryLimit           uintptr
	peakProcessMemoryUsed, peakJobMemoryUsed     uintptr
}

// accounting is JOBOBJECT_BASIC_ACCOUNTING_INFORMATION.
type accounting struct {
	times                                        [4]int64
	pageFaults, total, active, terminatedByLimit uint32
}

// job holds the program and all that it starts; they end with the job, and the job with the host.
type job struct {
	handle syscall.Handle
}

func newJob() (job, error) {
	handle, _, err := createJobObject.Call(0, 0)
	if handle == 0 {
		return job{}, err
	}
	limits := extendedLimits{limitFlags: jobLimitKillOnJobClose}
	done, _, err := setInformationJobObject.Call(handle, jobExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), unsafe.Sizeof(limits))
	if done == 0 {
		_ = syscall.CloseHandle(syscall.Handle(handle))
		return job{}, err
	}
	return job{syscall.Handle(handle)}, nil
}

func (j job) add(process syscall.Handle) error {
	if done, _, err := assignProcessToJobObject.Call(uintptr(j.handle), uintptr(process)); done == 0 {
		return err
	}
	return nil
}

// end ends every process of the job and waits until none is left.
func (j job) end(timeout time.Duration) {
	_, _, _ = terminateJobObject.Call(uintptr(j.handle), 1)
	for start := time.Now(); j.active() > 0 && time.Since(start) < timeout; {
		time.Sleep(5 * time.Millisecond)
	}
}

func (j job) active() uint32 {
	var a accounting
	done, _, _ := queryInformationJobObject.Call(uintptr(j.handle), jobBasicAccountingInformation,
		uintptr(unsafe.Pointer(&a)), unsafe.Sizeof(a), 0)
	if done == 0 {
		return 0
	}
	return a.active
}
