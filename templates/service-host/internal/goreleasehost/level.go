package goreleasehost

import "strings"

// level is how important a line or an event is.
type level int

const (
	information level = iota
	warning
	failure
)

func (l level) String() string {
	switch l {
	case warning:
		return "warning"
	case failure:
		return "error"
	default:
		return "information"
	}
}

// lineLevel tells the level of a line of output: of JSON ("level":"WARN", as slog, zap, zerolog and logrus
// write it), of key=value text (level=WARN), of klog (W0102 15:04:05), of a word at the beginning or after date and time
// (2006/01/02 15:04:05 ERROR text, as slog's first handler writes it; 3:04PM ERR text of zerolog; ERRO[0000] of logrus),
// also behind the prefix and the file that package log writes. Any other line is information.
func lineLevel(line string) level {
	line = strings.TrimSpace(withoutColours(line))
	if strings.HasPrefix(line, "{") {
		return namedLevel(jsonLevel(line))
	}
	if value, found := textLevel(line); found {
		return namedLevel(value)
	}
	if isKlog(line) {
		return namedLevel(map[byte]string{'W': "warn", 'E': "error", 'F': "fatal"}[line[0]])
	}
	return wordLevel(levelWord(strings.Fields(line)))
}

// withoutColours removes the escape sequences by which loggers colour the level.
func withoutColours(line string) string {
	const escape = "\x1b["
	if !strings.Contains(line, escape) {
		return line
	}
	parts := strings.Split(line, escape)
	for i, part := range parts[1:] {
		if end := strings.IndexByte(part, 'm'); end >= 0 {
			parts[i+1] = part[end+1:]
		}
	}
	return strings.Join(parts, "")
}

// levelWord is the word where loggers write the level: the first one that is neither prefix, date, time nor file.
func levelWord(words []string) string {
	if len(words) > 1 && !isTime(words[0]) && isTime(words[1]) && strings.ContainsAny(words[1], "/:-") {
		words = words[1:]
	}
	for _, word := range words {
		if !isTime(word) && !isFile(word) {
			return word
		}
	}
	return ""
}

// jsonLevel finds the text of "level" (or "severity", "lvl") in a line of JSON. It is looked for as text: a
// line that is cut off or not quite JSON keeps its level too.
func jsonLevel(line string) string {
	for _, key := range []string{`"level"`, `"severity"`, `"lvl"`} {
		_, rest, found := strings.Cut(line, key)
		if !found {
			continue
		}
		rest = strings.TrimLeft(rest, ": \t")
		if value, isText := strings.CutPrefix(rest, `"`); isText {
			value, _, _ = strings.Cut(value, `"`)
			return value
		}
	}
	return ""
}

func textLevel(line string) (string, bool) {
	for _, key := range []string{"level=", "lvl="} {
		at := strings.Index(line, key)
		if at < 0 || (at > 0 && line[at-1] != ' ') {
			continue
		}
		value, _, _ := strings.Cut(line[at+len(key):], " ")
		return strings.Trim(value, `"`), true
	}
	return "", false
}

// namedLevel maps a logger's word. slog writes levels between its own as "WARN+1".
func namedLevel(name string) level {
	name, _, _ = strings.Cut(name, "+")
	name, _, _ = strings.Cut(name, "-")
	switch strings.ToLower(name) {
	case "warn", "warning", "wrn":
		return warning
	case "err", "error", "erro", "crit", "critical", "alert", "emerg", "emergency", "fatal", "fata", "ftl", "panic",
		"pani", "pnc", "dpanic":
		return failure
	default:
		return information
	}
}

// wordLevel maps a word of capitals, such as ERROR, [WARN] or FATAL:. A word of the text itself does not count.
func wordLevel(word string) level {
	if at := strings.IndexByte(word, '['); at > 0 {
		word = word[:at] // logrus: ERRO[0012], the seconds since the start.
	}
	word = strings.Trim(word, "[]<>():|")
	if word != strings.ToUpper(word) {
		return information
	}
	return namedLevel(word)
}

// isKlog tells a line that begins with a letter, month and day, such as E0102.
func isKlog(line string) bool {
	if len(line) < 6 || !strings.ContainsRune("IWEF", rune(line[0])) || line[5] != ' ' {
		return false
	}
	for _, digit := range []byte(line[1:5]) {
		if digit < '0' || digit > '9' {
			return false
		}
	}
	return true
}

// isTime tells a word of digits and the signs of dates and times.
func isTime(word string) bool {
	word = strings.Trim(word, "[]")
	return word != "" && word[0] >= '0' && word[0] <= '9' && strings.Trim(word, "0123456789/:.,-+TZAPM") == ""
}

// isFile tells a word such as main.go:12: of package log.
func isFile(word string) bool {
	return strings.HasSuffix(word, ":") && strings.Contains(word, ".go:")
}
