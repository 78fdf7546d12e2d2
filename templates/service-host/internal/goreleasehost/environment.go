package goreleasehost

import (
	"errors"
	"sort"
	"strings"
	"unicode/utf16"
)

// mergeEnvironment returns base with additions, which win. Names are compared without regard to case, as
// Windows does.
func mergeEnvironment(base, additions []string) ([]string, error) {
	merged := map[string]string{}
	for _, line := range base {
		merged[strings.ToUpper(environmentName(line))] = line
	}
	for _, line := range additions {
		name := environmentName(line)
		if name == "" || name == line {
			return nil, errors.New("setting Environment: `" + line + "` is not NAME=value")
		}
		merged[strings.ToUpper(name)] = line
	}
	names := make([]string, 0, len(merged))
	for name := range merged {
		names = append(names, name)
	}
	sort.Strings(names)
	lines := make([]string, 0, len(names))
	for _, name := range names {
		lines = append(lines, merged[name])
	}
	return lines, nil
}

// environmentName is the part before the equals sign. Windows keeps the folder of each drive in variables
// like "=C:", whose name begins with that sign.
func environmentName(line string) string {
	if line == "" {
		return ""
	}
	if at := strings.IndexByte(line[1:], '='); at >= 0 {
		return line[:at+1]
	}
	return line
}

// environmentBlock is the form that CreateProcess takes: each line ended by a zero, and one zero more.
func environmentBlock(lines []string) []uint16 {
	var block []uint16
	for _, line := range lines {
		block = append(block, utf16.Encode([]rune(line))...)
		block = append(block, 0)
	}
	return append(block, 0)
}
