package goreleasehost

import (
	"path/filepath"
	"reflect"
	"syscall"
	"testing"
	"unsafe"
)

// entry is an access control entry.
type entry struct {
	kind, flags uint8
	mask        uint32
	account     string
}

// Inheritance by files (1) and folders (2), rights (winnt.h), and well-known accounts.
const (
	allowed        = 0
	inheritedDown  = 3
	fullAccess     = 0x1F01FF
	modify         = 0x1301BF
	system         = "S-1-5-18"
	administrators = "S-1-5-32-544"
	everyone       = "S-1-1-0"
)

// logFolderEntries are those of a service with that account.
func logFolderEntries(account string) []entry {
	return []entry{
		{allowed, inheritedDown, fullAccess, system},
		{allowed, inheritedDown, fullAccess, administrators},
		{allowed, inheritedDown, modify, account},
	}
}

func TestTheDescriptorOfTheLogFolderMeansWhatItShould(t *testing.T) {
	// LOCAL SERVICE, and the virtual account of a service called TrustedInstaller.
	for _, account := range []string{"S-1-5-19", "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"} {
		entries, isProtected := readDescriptor(t, parseDescriptor(t, folderDescriptor(account)))
		if !isProtected || !reflect.DeepEqual(entries, logFolderEntries(account)) {
			t.Errorf("protected from the folder above: %v; entries %+v", isProtected, entries)
		}
	}
}

// Wine keeps of a descriptor what Unix permissions can say: the rights of the owner, of SYSTEM and of everyone.
func TestTheLogFolderIsMadeWithItsDescriptor(t *testing.T) {
	above := filepath.Join(temporaryFolder(t), "new")
	folder := filepath.Join(above, "logs")
	if err := createLogFolder(filepath.Join(folder, "x.log")); err != nil {
		t.Fatal(err)
	}
	account, err := accountSID()
	if err != nil {
		t.Fatal(err)
	}
	entries, isProtected := readDescriptor(t, folderSecurity(t, folder))
	if !isWine() {
		if !isProtected || !reflect.DeepEqual(entries, logFolderEntries(account)) {
			t.Errorf("protected from the folder above: %v; entries %+v", isProtected, entries)
		}
		return
	}
	if want := []string{system, account}; !reflect.DeepEqual(accounts(entries), want) {
		t.Errorf("the folder is open to %q", accounts(entries))
	}
	entries, _ = readDescriptor(t, folderSecurity(t, above))
	if want := []string{system, account, everyone}; !reflect.DeepEqual(accounts(entries), want) {
		t.Errorf("the folder above, made without a descriptor, is open to %q", accounts(entries))
	}
}

func accounts(entries []entry) []string {
	var accounts []string
	for _, entry := range entries {
		accounts = append(accounts, entry.account)
	}
	return accounts
}

func isWine() bool {
	return syscall.NewLazyDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}

func parseDescriptor(t *testing.T, sddl string) uintptr {
	t.Helper()
	text, err := syscall.UTF16PtrFromString(sddl)
	if err != nil {
		t.Fatal(err)
	}
	var descriptor uintptr
	done, _, err := convertStringToDescriptor.Call(uintptr(unsafe.Pointer(text)), 1, uintptr(unsafe.Pointer(&descriptor)), 0)
	if done == 0 {
		t.Fatal(sddl, err)
	}
	t.Cleanup(func() { _, _ = syscall.LocalFree(syscall.Handle(descriptor)) })
	return descriptor
}

// folderSecurity asks the system for the folder's descriptor.
func folderSecurity(t *testing.T, path string) uintptr {
	t.Helper()
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		t.Fatal(err)
	}
	const fileObject, dacl = 1, 4
	var descriptor uintptr
	failed, _, _ := advapi32.NewProc("GetNamedSecurityInfoW").Call(uintptr(unsafe.Pointer(name)), fileObject, dacl,
		0, 0, 0, 0, uintptr(unsafe.Pointer(&descriptor)))
	if failed != 0 {
		t.Fatal(path, syscall.Errno(failed))
	}
	t.Cleanup(func() { _, _ = syscall.LocalFree(syscall.Handle(descriptor)) })
	return descriptor
}

// readDescriptor returns the entries, and whether those of the folder above are kept out.
func readDescriptor(t *testing.T, descriptor uintptr) (entries []entry, isProtected bool) {
	t.Helper()
	var control uint16
	var revision, isPresent, isDefaulted uint32
	done, _, err := advapi32.NewProc("GetSecurityDescriptorControl").Call(descriptor,
		uintptr(unsafe.Pointer(&control)), uintptr(unsafe.Pointer(&revision)))
	if done == 0 {
		t.Fatal(err)
	}
	var list *struct {
		revision, _         uint8
		size, count, unused uint16
	}
	done, _, err = advapi32.NewProc("GetSecurityDescriptorDacl").Call(descriptor, uintptr(unsafe.Pointer(&isPresent)),
		uintptr(unsafe.Pointer(&list)), uintptr(unsafe.Pointer(&isDefaulted)))
	if done == 0 || isPresent == 0 || list == nil {
		t.Fatal("no list of access", err)
	}
	for i := uint16(0); i < list.count; i++ {
		var raw *struct {
			kind, flags uint8
			size        uint16
			mask        uint32
			sid         [8]byte
		}
		done, _, err := advapi32.NewProc("GetAce").Call(uintptr(unsafe.Pointer(list)), uintptr(i), uintptr(unsafe.Pointer(&raw)))
		if done == 0 {
			t.Fatal(err)
		}
		account, err := (*syscall.SID)(unsafe.Pointer(&raw.sid)).String()
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, entry{raw.kind, raw.flags, raw.mask, account})
	}
	const protected = 0x1000
	return entries, control&protected != 0
}
