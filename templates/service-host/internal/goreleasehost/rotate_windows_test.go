package goreleasehost

import (
	"os"
	"path/filepath"
	"testing"
)

// A reader such as `Get-Content -Wait` opens a log without leave to rename it, as os.Open does.
func TestRotationLosesNothingWhileAReaderHoldsAFile(t *testing.T) {
	for _, held := range []struct {
		name        string
		during      map[string]string
		afterwards  map[string]string
		description string
	}{
		{
			"", map[string]string{"": "current\n123456\n123456\n123456\n123456\n", ".1": "one\n", ".2": "two\n", ".3": "three\n"},
			map[string]string{"": "", ".1": "current\n123456\n123456\n123456\n123456\n", ".2": "one\n", ".3": "two\n"}, "the current file",
		},
		{
			".1", map[string]string{"": "123456\n123456\n123456\n123456\n", ".0": "current\n", ".1": "one\n", ".3": "two\n"},
			map[string]string{"": "", ".1": "123456\n123456\n123456\n123456\n", ".2": "current\n", ".3": "one\n"}, "a closed file",
		},
	} {
		path := filepath.Join(temporaryFolder(t), "x.log")
		for name, text := range map[string]string{"": "current\n", ".1": "one\n", ".2": "two\n", ".3": "three\n"} {
			if err := os.WriteFile(path+name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		reader, err := os.Open(path + held.name)
		if err != nil {
			t.Fatal(err)
		}
		faults := 0
		file := openRotatedFile(path, openShared, 10, 3, func(error) { faults++ })
		for i := 0; i < 4; i++ {
			if _, err := file.Write([]byte("123456\n")); err != nil {
				t.Fatal(err)
			}
			file.rotateNow()
		}
		if faults == 0 {
			t.Errorf("%s held: nobody was told", held.description)
		}
		expectFiles(t, path, held.during)
		_ = reader.Close()
		file.rotateNow()
		file.Close()
		expectFiles(t, path, held.afterwards)
	}
}
