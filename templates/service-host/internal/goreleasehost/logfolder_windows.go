package goreleasehost

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"unsafe"
)

// createLogFolder makes the folder of the log file when it is missing, as the installation would have: full
// access for SYSTEM and administrators, modify for the service's account, nothing for others.
func createLogFolder(file string) error {
	at := strings.LastIndexByte(file, '\\')
	if at <= len(`C:`) {
		return nil
	}
	folder := file[:at]
	if _, err := os.Stat(folder); err == nil {
		return nil
	}
	if up := strings.LastIndexByte(folder, '\\'); up > len(`C:`) {
		if err := os.MkdirAll(folder[:up], 0o755); err != nil {
			return err
		}
	}
	account, err := accountSID()
	if err != nil {
		return errors.New("account of the service: " + err.Error())
	}
	return createFolder(folder, folderDescriptor(account))
}

// folderDescriptor is the security descriptor of the log folder, as SDDL. 0x1301bf is what Windows calls "modify".
func folderDescriptor(account string) string {
	return "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;" + account + ")"
}

func accountSID() (string, error) {
	token, err := syscall.OpenCurrentProcessToken()
	if err != nil {
		return "", err
	}
	defer func() { _ = token.Close() }()
	user, err := token.GetTokenUser()
	if err != nil {
		return "", err
	}
	return user.User.Sid.String()
}

// createFolder creates a folder with the security descriptor that the SDDL text says.
func createFolder(path, sddl string) error {
	text, err := syscall.UTF16PtrFromString(sddl)
	if err != nil {
		return err
	}
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	const revision1 = 1
	var descriptor uintptr
	done, _, err := convertStringToDescriptor.Call(
		uintptr(unsafe.Pointer(text)), revision1, uintptr(unsafe.Pointer(&descriptor)), 0)
	if done == 0 {
		return err
	}
	defer func() { _, _ = syscall.LocalFree(syscall.Handle(descriptor)) }()
	attributes := syscall.SecurityAttributes{SecurityDescriptor: descriptor}
	attributes.Length = uint32(unsafe.Sizeof(attributes))
	return syscall.CreateDirectory(name, &attributes)
}
