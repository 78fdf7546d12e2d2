package goreleasehost

import (
	"bytes"
	"os"
	"strconv"
	"sync"
)

// rotatedFile is a log file of limited size: when a line would make it too large, it becomes NAME.1, what was
// NAME.1 becomes NAME.2 and so on, and the oldest goes. NAME.0 is one on its way to NAME.1.
type rotatedFile struct {
	mutex sync.Mutex
	path  string
	// openFile opens for appending, and makes the file when it is missing.
	openFile func(path string) (*os.File, error)
	limit    int64
	keep     int
	file     *os.File
	size     int64
	// threshold is the size at which to rotate: the limit, or more after a rotation that failed.
	threshold int64
	// fault is told once what hinders writing, until a write succeeds again.
	fault  func(error)
	faulty bool
}

// openRotatedFile opens the file for appending; when it cannot, every write tries again. A limit of 0 means none.
func openRotatedFile(
	path string, openFile func(string) (*os.File, error), limit int64, keep int, fault func(error),
) *rotatedFile {
	f := &rotatedFile{path: path, openFile: openFile, limit: limit, keep: keep, threshold: limit, fault: fault}
	f.check(f.open())
	return f
}

func (f *rotatedFile) open() error {
	file, err := f.openFile(f.path)
	if err != nil {
		return err
	}
	information, err := file.Stat()
	if err != nil {
		_ = file.Close()
		return err
	}
	f.file, f.size = file, information.Size()
	return nil
}

// Write appends whole lines. Only a line that is longer than the limit makes a file larger than that.
func (f *rotatedFile) Write(lines []byte) (int, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	written := 0
	for written < len(lines) {
		rest := lines[written:]
		if f.limit > 0 && f.size > 0 && f.size+int64(len(firstLine(rest))) > f.threshold {
			f.check(f.rotate())
		}
		if f.file == nil {
			if err := f.open(); err != nil {
				f.check(err)
				return written, err
			}
		}
		count, err := f.file.Write(f.fitting(rest))
		written += count
		f.size += int64(count)
		f.check(err)
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// fitting is as many of the lines as the file has room for, but at least one.
func (f *rotatedFile) fitting(lines []byte) []byte {
	room := f.threshold - f.size
	if f.limit <= 0 || int64(len(lines)) <= room {
		return lines
	}
	if room > 0 {
		if end := bytes.LastIndexByte(lines[:room], '\n') + 1; end > 0 {
			return lines[:end]
		}
	}
	return firstLine(lines)
}

func firstLine(lines []byte) []byte {
	if end := bytes.IndexByte(lines, '\n') + 1; end > 0 {
		return lines[:end]
	}
	return lines
}

// reopen closes the file and opens it again under its name, for tools that moved it.
func (f *rotatedFile) reopen() {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.close()
	f.check(f.open())
}

// rotateNow rotates whatever the size.
func (f *rotatedFile) rotateNow() {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.check(f.rotate())
}

// configure changes the limits.
func (f *rotatedFile) configure(limit int64, keep int) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.limit, f.keep, f.threshold = limit, keep, limit
}

// Close closes the file.
func (f *rotatedFile) Close() {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.close()
}

func (f *rotatedFile) close() {
	if f.file != nil {
		_ = f.file.Close()
		f.file = nil
	}
}

// rotate begins a new file. While a reader holds the current one open, that one goes on growing by an eighth of
// the limit before the next try.
func (f *rotatedFile) rotate() error {
	f.close()
	moved := f.moveAside()
	if err := f.open(); err != nil {
		return err
	}
	f.threshold = f.limit
	if moved != nil && f.size+f.limit/8 > f.limit {
		f.threshold = f.size + f.limit/8
	}
	return moved
}

// moveAside makes NAME.0 of the current file and then NAME.1 of that. Windows renames no file that a reader holds
// open: a current file that cannot be moved must cost none of the closed ones, and neither must the next tries.
func (f *rotatedFile) moveAside() error {
	if f.keep <= 0 {
		return os.Truncate(f.path, 0)
	}
	// An earlier try, or the end of the process, may have left one.
	if err := f.shift(); err != nil {
		return err
	}
	if err := os.Rename(f.path, f.numbered(0)); err != nil {
		if os.IsNotExist(err) {
			return nil
		}
		return err
	}
	return f.shift()
}

// shift renames NAME.0, if there is one, to NAME.1 and those in its way upwards, as far as the first number that is
// free. The oldest is replaced only where none is.
func (f *rotatedFile) shift() error {
	if !exists(f.numbered(0)) {
		return nil
	}
	free := 1
	for free < f.keep && exists(f.numbered(free)) {
		free++
	}
	for number := free - 1; number >= 0; number-- {
		if err := os.Rename(f.numbered(number), f.numbered(number+1)); err != nil {
			return err
		}
	}
	return nil
}

func (f *rotatedFile) numbered(number int) string {
	return f.path + "." + strconv.Itoa(number)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func (f *rotatedFile) check(err error) {
	if err == nil {
		f.faulty = false
	} else if !f.faulty {
		f.faulty = true
		f.fault(err)
	}
}
