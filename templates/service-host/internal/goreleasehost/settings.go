package goreleasehost

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// store is where settings are read from: the service's registry key, or a map in tests.
type store interface {
	// text reads a string or a number as text. A subkey is separated by a backslash.
	text(name string) (value string, found bool, err error)
	// list reads a list of strings.
	list(name string) (values []string, found bool, err error)
}

// settings is how one service runs, with every symbol expanded.
type settings struct {
	program          string
	arguments        []string
	hasArguments     bool
	environment      []string
	workingDirectory string
	healthURL        string
	healthAddress    string
	startTimeout     time.Duration
	minimumUptime    time.Duration
	stopTimeout      time.Duration
	logFile          string
	logRotateBytes   int64
	logKeep          int
	eventSource      string
}

// What holds when a setting is not there.
const (
	defaultStartTimeout   = 30 * time.Second
	defaultMinimumUptime  = time.Second
	defaultStopTimeout    = 20 * time.Second
	defaultLogRotateBytes = 50_000_000
	defaultLogKeep        = 10
)

// settingsVersion is the newest meaning of the settings that this host knows.
const settingsVersion = 1

// loadSettings reads the settings of the service called name.
func loadSettings(from store, name string) (settings, error) {
	r := reader{store: from}
	if version := r.number("SettingsVersion", settingsVersion); version > settingsVersion && r.err == nil {
		return settings{}, errors.New("SettingsVersion " + strconv.FormatInt(version, 10) +
			" is newer than this program; install the program that belongs to it")
	}
	s := settings{
		program:          r.symbolic("Program"),
		workingDirectory: r.symbolic("WorkingDirectory"),
		healthURL:        r.symbolic("HealthUrl"),
		healthAddress:    r.symbolic("HealthAddress"),
		startTimeout:     r.milliseconds("StartTimeoutMilliseconds", defaultStartTimeout),
		minimumUptime:    r.milliseconds("MinimumUptimeMilliseconds", defaultMinimumUptime),
		stopTimeout:      r.milliseconds("StopTimeoutMilliseconds", defaultStopTimeout),
		logFile:          r.symbolic("LogFile"),
		logRotateBytes:   r.number("LogRotateBytes", defaultLogRotateBytes),
		logKeep:          int(r.number("LogKeep", defaultLogKeep)),
		eventSource:      r.symbolic("EventSource"),
	}
	s.arguments, s.hasArguments = r.symbolicList("Arguments")
	s.environment, _ = r.symbolicList("Environment")
	if s.eventSource == "" {
		s.eventSource = name
	}
	if s.workingDirectory == "" {
		s.workingDirectory = r.directory("InstallDirectory")
	}
	if directory := r.directory("LogDirectory"); s.logFile == "" && directory != "" {
		s.logFile = directory + `\` + name + ".log"
	}
	return s, r.err
}

// reader reads settings and keeps the first error.
type reader struct {
	store store
	err   error
	// noValue says that a property without a value was read.
	noValue bool
}

func (r *reader) fail(name string, err error) {
	if r.err == nil {
		r.err = errors.New("setting " + name + ": " + err.Error())
	}
}

func (r *reader) read(name string) (string, bool) {
	value, found, err := r.store.text(name)
	if err != nil {
		r.fail(name, err)
	}
	return value, found
}

func (r *reader) number(name string, otherwise int64) int64 {
	text, found := r.read(name)
	if !found {
		return otherwise
	}
	number, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	if err != nil {
		r.fail(name, errors.New("`"+text+"` is not a number"))
	}
	return int64(number)
}

func (r *reader) milliseconds(name string, otherwise time.Duration) time.Duration {
	return time.Duration(r.number(name, otherwise.Milliseconds())) * time.Millisecond
}

func (r *reader) symbolic(name string) string {
	text, _ := r.read(name)
	return r.expand(name, text)
}

func (r *reader) symbolicList(name string) ([]string, bool) {
	lines, found, err := r.store.list(name)
	if err != nil {
		r.fail(name, err)
	}
	expanded := make([]string, 0, len(lines))
	for _, line := range lines {
		expanded = append(expanded, r.items(name, line)...)
	}
	return expanded, found
}

// items are what a line of a list stands for: nothing when it uses a property without a value, several arguments when it is
// {{ arguments.NAME }}, otherwise itself.
func (r *reader) items(name, line string) []string {
	r.noValue = false
	text := r.expand(name, line)
	switch trimmed := strings.TrimSpace(line); {
	case r.noValue:
		return nil
	case strings.HasPrefix(trimmed, "{{ arguments.") && strings.Index(trimmed, "}}") == len(trimmed)-len("}}"):
		return splitArguments(text)
	default:
		return []string{text}
	}
}

func (r *reader) directory(name string) string {
	path, _ := r.read(name)
	if len(path) == len(`C:\`) {
		return path
	}
	return strings.TrimRight(path, `\`)
}

// expand replaces each {{ symbol }} by the server's value.
func (r *reader) expand(name, text string) string {
	var result strings.Builder
	for {
		start := strings.Index(text, "{{")
		if start < 0 {
			break
		}
		length := strings.Index(text[start:], "}}")
		if length < 0 {
			break
		}
		symbol := strings.TrimSpace(text[start+2 : start+length])
		value, err := r.symbol(symbol)
		if err != nil {
			r.fail(name, err)
		}
		result.WriteString(text[:start])
		result.WriteString(value)
		text = text[start+length+2:]
	}
	result.WriteString(text)
	return result.String()
}

// directories are the symbols that stand for a folder.
var directories = map[string]string{
	"install_dir": "InstallDirectory",
	"config_dir":  "ConfigDirectory",
	"data_dir":    "DataDirectory",
	"log_dir":     "LogDirectory",
}

func (r *reader) symbol(symbol string) (string, error) {
	if setting, ok := directories[symbol]; ok {
		directory := r.directory(setting)
		if directory == "" {
			return "", errors.New("`" + symbol + "` needs the setting " + setting + ", which is missing")
		}
		return directory, nil
	}
	if symbol == "instance" {
		instance, _ := r.read("Instance")
		return instance, nil
	}
	kind, name, _ := strings.Cut(symbol, ".")
	subkeys := map[string]string{"port": "Ports", "property": "Properties", "arguments": "Properties"}
	subkey, ok := subkeys[kind]
	if !ok || name == "" {
		return "", errors.New("unknown symbol `" + symbol + "`")
	}
	value, found := r.read(subkey + `\` + name)
	if !found {
		return "", errors.New("`" + symbol + "` needs the setting " + subkey + `\` + name + ", which is missing")
	}
	if subkey == "Properties" && value == "" {
		r.noValue = true
	}
	return value, nil
}
