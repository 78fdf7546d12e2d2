package goreleasehost

import (
	"errors"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf16"
	"unsafe"
)

// registry is the store below the service's key Parameters.
type registry struct {
	service string
}

func (r registry) text(name string) (string, bool, error) {
	kind, data, found, err := r.value(name)
	if err != nil || !found {
		return "", false, err
	}
	switch {
	case kind == syscall.REG_SZ:
		return wideText(data), true, nil
	case kind == syscall.REG_DWORD && len(data) >= 4:
		return strconv.FormatUint(uint64(*(*uint32)(unsafe.Pointer(&data[0]))), 10), true, nil
	default:
		return "", false, errors.New("registry type " + strconv.Itoa(int(kind)) + " where REG_SZ or REG_DWORD is meant")
	}
}

func (r registry) list(name string) ([]string, bool, error) {
	kind, data, found, err := r.value(name)
	if err != nil || !found {
		return nil, false, err
	}
	switch kind {
	case syscall.REG_MULTI_SZ:
		var lines []string
		for _, line := range strings.Split(wideCharacters(data), "\x00") {
			if line == "" {
				break
			}
			lines = append(lines, line)
		}
		return lines, true, nil
	case syscall.REG_SZ:
		if line := wideText(data); line != "" {
			return []string{line}, true, nil
		}
		return nil, true, nil
	default:
		return nil, false, errors.New("registry type " + strconv.Itoa(int(kind)) + " where REG_MULTI_SZ is meant")
	}
}

// value reads the bytes of a value, or tells that there is none.
func (r registry) value(name string) (kind uint32, data []byte, found bool, err error) {
	path := `SYSTEM\CurrentControlSet\Services\` + r.service + `\Parameters`
	if at := strings.LastIndexByte(name, '\\'); at >= 0 {
		path, name = path+`\`+name[:at], name[at+1:]
	}
	wide, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return 0, nil, false, err
	}
	var key syscall.Handle
	err = syscall.RegOpenKeyEx(syscall.HKEY_LOCAL_MACHINE, wide, 0, syscall.KEY_QUERY_VALUE, &key)
	if err == syscall.ERROR_FILE_NOT_FOUND {
		return 0, nil, false, nil
	}
	if err != nil {
		return 0, nil, false, err
	}
	defer func() { _ = syscall.RegCloseKey(key) }()
	return queryValue(key, name)
}

func queryValue(key syscall.Handle, name string) (kind uint32, data []byte, found bool, err error) {
	wide, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		return 0, nil, false, err
	}
	size := uint32(1 << 10)
	for {
		data = make([]byte, size)
		err = syscall.RegQueryValueEx(key, wide, nil, &kind, &data[0], &size)
		switch err {
		case nil:
			return kind, data[:size], true, nil
		case syscall.ERROR_MORE_DATA:
			continue
		case syscall.ERROR_FILE_NOT_FOUND:
			return 0, nil, false, nil
		default:
			return 0, nil, false, err
		}
	}
}

// wideText is the text up to the first zero.
func wideText(data []byte) string {
	text, _, _ := strings.Cut(wideCharacters(data), "\x00")
	return text
}

func wideCharacters(data []byte) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = uint16(data[2*i]) | uint16(data[2*i+1])<<8
	}
	return string(utf16.Decode(units))
}
