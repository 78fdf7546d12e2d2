package goreleasehost

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// memory is a store in memory; a value is a string or a []string.
type memory map[string]any

func (m memory) text(name string) (string, bool, error) {
	switch value := m[name].(type) {
	case nil:
		return "", false, nil
	case string:
		return value, true, nil
	default:
		return "", false, errors.New("not a text")
	}
}

func (m memory) list(name string) ([]string, bool, error) {
	lines, found := m[name].([]string)
	return lines, found, nil
}

func TestSettingsExpandSymbols(t *testing.T) {
	s, err := loadSettings(memory{
		"SettingsVersion":         "1",
		"InstallDirectory":        `C:\Program Files\Orders\`,
		"DataDirectory":           `D:\data\`,
		"LogDirectory":            `D:\`,
		"Instance":                "blue",
		`Ports\http`:              "8081",
		`Properties\TOKEN`:        "abc",
		"Arguments":               []string{"--at", "127.0.0.1:{{ port.http }}", "{{instance}}", "{{ x", `{{ property.TOKEN }}`},
		"Environment":             []string{`TMP={{ data_dir }}\tmp`},
		"HealthUrl":               "http://127.0.0.1:{{ port.http }}/healthz",
		"StopTimeoutMilliseconds": "1500",
	}, "Orders")
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"--at", "127.0.0.1:8081", "blue", "{{ x", "abc"}; !reflect.DeepEqual(s.arguments, want) {
		t.Errorf("arguments %q", s.arguments)
	}
	got := []string{s.environment[0], s.healthURL, s.workingDirectory, s.logFile, s.eventSource, s.stopTimeout.String()}
	want := []string{`TMP=D:\data\tmp`, "http://127.0.0.1:8081/healthz", `C:\Program Files\Orders`, `D:\\Orders.log`, "Orders", "1.5s"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestPropertiesWithoutAValueAreLeftOutAndOthersAreSplit(t *testing.T) {
	s, err := loadSettings(memory{
		`Properties\CHANNEL`: "",
		`Properties\EXTRA`:   `--list=cpu,net "two words" C:\x\ `,
		`Properties\NONE`:    "",
		"Arguments": []string{
			"run", "--channel={{ property.CHANNEL }}", "{{ property.CHANNEL }}", "{{ arguments.EXTRA }}",
			"{{ arguments.NONE }}", "{{ property.EXTRA }}", "end",
		},
		"Environment": []string{"CHANNEL={{ property.CHANNEL }}", "EXTRA={{ property.EXTRA }}", "EMPTY="},
	}, "Orders")
	if err != nil {
		t.Fatal(err)
	}
	extra := `--list=cpu,net "two words" C:\x\ `
	if want := []string{"run", "--list=cpu,net", "two words", `C:\x\`, extra, "end"}; !reflect.DeepEqual(s.arguments, want) {
		t.Errorf("arguments %q", s.arguments)
	}
	if want := []string{"EXTRA=" + extra, "EMPTY="}; !reflect.DeepEqual(s.environment, want) {
		t.Errorf("environment %q", s.environment)
	}
}

// The examples of "Parsing C++ command-line arguments" (learn.microsoft.com) and of CommandLineToArgvW.
func TestArgumentsAreSplitAsWindowsDoes(t *testing.T) {
	for line, want := range map[string][]string{
		``:                          nil,
		" \t ":                      nil,
		`"a b c" d e`:               {"a b c", "d", "e"},
		`"ab\"c" "\\" d`:            {`ab"c`, `\`, "d"},
		`a\\\b d"e f"g h`:           {`a\\\b`, "de fg", "h"},
		`a\\\"b c d`:                {`a\"b`, "c", "d"},
		`a\\\\"b c" d e`:            {`a\\b c`, "d", "e"},
		`"" x`:                      {"", "x"},
		`"a""b" c`:                  {`a"b`, "c"},
		`--db="C:\Program Files\x"`: {`--db=C:\Program Files\x`},
		`订单 "二 三"`:                  {"订单", "二 三"},
	} {
		if got := splitArguments(line); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestSettingsThatAreWrong(t *testing.T) {
	for want, store := range map[string]memory{
		"`data_dir` needs the setting DataDirectory": {"Arguments": []string{"{{ data_dir }}"}},
		"`port.http` needs the setting Ports\\http":  {"HealthAddress": "127.0.0.1:{{ port.http }}"},
		"unknown symbol `nonsense`":                  {"Program": "{{ nonsense }}"},
		"`soon` is not a number":                     {"StopTimeoutMilliseconds": "soon"},
		"SettingsVersion 2 is newer":                 {"SettingsVersion": "2"},
		"setting LogFile: not a text":                {"LogFile": []string{"x"}},
	} {
		_, err := loadSettings(store, "Orders")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestEnvironmentIsMergedWithoutRegardToCase(t *testing.T) {
	merged, err := mergeEnvironment([]string{`=C:=C:\x`, "Path=1", "HOME=2"}, []string{"PATH=3", "A=b=c"})
	if want := []string{`=C:=C:\x`, "A=b=c", "HOME=2", "PATH=3"}; err != nil || !reflect.DeepEqual(merged, want) {
		t.Errorf("%q, %v", merged, err)
	}
	if _, err := mergeEnvironment(nil, []string{"NONSENSE"}); err == nil {
		t.Error("a line without a value is taken")
	}
	if block := environmentBlock([]string{"A=1"}); !reflect.DeepEqual(block, []uint16{'A', '=', '1', 0, 0}) {
		t.Errorf("%v", block)
	}
}

func TestLineLevels(t *testing.T) {
	for line, want := range map[string]level{
		`{"time":"x","level":"INFO","msg":"an ERROR inside"}`: information,
		`{"level":"WARN+2","msg":"x"}`:                        warning,
		`{"severity": "Error"}`:                               failure,
		`{"level":30,"msg":"pino"}`:                           information,
		`time=x level=WARN msg=x`:                             warning,
		`level=error msg="x"`:                                 failure,
		`ts=1 lvl=crit`:                                       failure,
		`2026/01/02 15:04:05 ERROR x`:                         failure,
		`2026-01-02T15:04:05.123Z [WARN] x`:                   warning,
		`FATAL: x`:                                            failure,
		`E0102 15:04:05.1 1 f.go:1] x`:                        failure,
		`W0102 15:04:05.1 1 f.go:1] x`:                        warning,
		"ERRO[0012] x":                                        failure,
		"WARN[0000] x":                                        warning,
		"INFO[0000] x":                                        information,
		"\x1b[31mERRO\x1b[0m[0000] x":                         failure,
		"3:04PM \x1b[31mERR\x1b[0m x":                         failure,
		"3:04PM WRN x":                                        warning,
		"[orders] 2026/01/02 15:04:05 ERROR x":                failure,
		"orders: 2026/01/02 15:04:05 main.go:7: WARN x":       warning,
		"2026/01/02 15:04:05 orders failed with ERROR 5":      information,
		`EUROPE 1`:                                            information,
		`an error happened`:                                   information,
		`Error handling is fine`:                              information,
		`mylevel=error`:                                       information,
		``:                                                    information,
	} {
		if got := lineLevel(line); got != want {
			t.Errorf("%q is %v, want %v", line, got, want)
		}
	}
}

type recorder []string

func (r *recorder) report(id int, importance level, text string) {
	*r = append(*r, importance.String()+" "+strings.ReplaceAll(text, "\r\n", "|"))
}

func TestOutputKeepsCrashesTogetherAndLimitsEvents(t *testing.T) {
	var events recorder
	now := time.Unix(0, 0)
	o := output{events: &events, now: func() time.Time { return now }}
	o.copyFrom(strings.NewReader("plain\nlevel=WARN one\npanic: fire\n\ngoroutine 1 [running]:\nERROR x"))
	o.finish()
	want := recorder{"warning level=WARN one", "error panic: fire||goroutine 1 [running]:|ERROR x|"}
	if !reflect.DeepEqual(events, want) {
		t.Errorf("%q", events)
	}
	events = nil
	o.copyFrom(strings.NewReader(strings.Repeat("ERROR x\n", maximumEvents+5)))
	now = now.Add(2 * eventPeriod)
	o.copyFrom(strings.NewReader("ERROR last\n"))
	// One event of the period is the warning above.
	if len(events) != maximumEvents+1 || !strings.HasPrefix(events[len(events)-2], "warning 6 more") {
		t.Errorf("%d events, %q", len(events), events[len(events)-2:])
	}
}

func TestWordsLikeACrashDoNotSwallowWhatFollows(t *testing.T) {
	var events recorder
	now := time.Unix(0, 0)
	o := output{events: &events, now: func() time.Time { return now }}
	o.copyFrom(strings.NewReader("panic: only logged\n"))
	now = now.Add(2 * crashPeriod)
	o.copyFrom(strings.NewReader("ERROR later\n"))
	if want := (recorder{"error panic: only logged|", "error ERROR later"}); !reflect.DeepEqual(events, want) {
		t.Errorf("%q", events)
	}
}

func TestLongLinesAreCut(t *testing.T) {
	file := openRotatedFile(filepath.Join(temporaryFolder(t), "x.log"), openPlain, 0, 1, func(err error) { t.Error(err) })
	o := output{file: file, events: &recorder{}, now: time.Now}
	o.copyFrom(strings.NewReader(strings.Repeat("x", 3*maximumLine)))
	file.Close()
	text, _ := os.ReadFile(file.path)
	if len(text) < 3*maximumLine || !strings.Contains(string(text), "x\nx") {
		t.Errorf("%d bytes", len(text))
	}
}

// writes keeps each write.
type writes []string

func (w *writes) Write(text []byte) (int, error) {
	*w = append(*w, string(text))
	return len(text), nil
}

func TestTheLinesOfOneReadAreOneWrite(t *testing.T) {
	var file writes
	var events recorder
	o := output{file: &file, events: &events, now: time.Now}
	o.copyFrom(strings.NewReader("one\nWARN two\nthree\nfo"))
	if want := (writes{"one\nWARN two\nthree\n", "fo\n"}); !reflect.DeepEqual(file, want) {
		t.Errorf("%q", file)
	}
	if want := (recorder{"warning WARN two"}); !reflect.DeepEqual(events, want) {
		t.Errorf("%q", events)
	}
}

func TestManyLinesAtOnceAreRotatedAsOneByOne(t *testing.T) {
	path := filepath.Join(temporaryFolder(t), "x.log")
	file := openRotatedFile(path, openPlain, 10, 4, func(err error) { t.Error(err) })
	if count, err := file.Write([]byte("1234\n6789\nabcd\na line of its own\nno end")); count != 39 || err != nil {
		t.Error(count, err)
	}
	file.Close()
	expectFiles(t, path, map[string]string{"": "no end", ".1": "a line of its own\n", ".2": "abcd\n", ".3": "1234\n6789\n"})
}

func TestRotation(t *testing.T) {
	path := filepath.Join(temporaryFolder(t), "x.log")
	file := openRotatedFile(path, openPlain, 10, 2, func(err error) { t.Error(err) })
	for _, line := range []string{"one 67\n", "two 67\n", "three\n", "four\n", "a line of its own\n"} {
		if _, err := file.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	file.Close()
	for name, want := range map[string]string{"": "a line of its own\n", ".1": "four\n", ".2": "three\n", ".3": ""} {
		if text, _ := os.ReadFile(path + name); string(text) != want {
			t.Errorf("%q holds %q, want %q", "x.log"+name, text, want)
		}
	}
}

func TestRotationThatFailsGoesOnWriting(t *testing.T) {
	path := filepath.Join(temporaryFolder(t), "x.log")
	faults := 0
	file := openRotatedFile(path, openPlain, 10, 1, func(error) { faults++ })
	// A folder that is not empty in the place of the closed file cannot be replaced.
	if err := os.MkdirAll(filepath.Join(path+".1", "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 3; i++ {
		if _, err := file.Write([]byte("12345678\n")); err != nil {
			t.Fatal(err)
		}
	}
	file.Close()
	expectFiles(t, path, map[string]string{".0": "12345678\n", "": "12345678\n12345678\n"})
	if faults == 0 {
		t.Error("nobody was told")
	}
}

func TestRotationFinishesWhatAnEarlierOneBegan(t *testing.T) {
	path := filepath.Join(temporaryFolder(t), "x.log")
	for name, text := range map[string]string{"": "current\n", ".0": "begun\n", ".1": "one\n", ".3": "three\n"} {
		if err := os.WriteFile(path+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := openRotatedFile(path, openPlain, 10, 3, func(err error) { t.Error(err) })
	file.rotateNow()
	file.Close()
	expectFiles(t, path, map[string]string{"": "", ".1": "current\n", ".2": "begun\n", ".3": "one\n"})
}

// expectFiles compares what the log file, with these words after its name, holds; the list is complete.
func expectFiles(t *testing.T, path string, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for _, name := range []string{"", ".0", ".1", ".2", ".3", ".4"} {
		if text, err := os.ReadFile(path + name); err == nil {
			got[name] = string(text)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestReadinessTargets(t *testing.T) {
	target, err := readinessTarget("http://localhost:81/a/b?c", "")
	if err != nil || target.address.String() != "127.0.0.1:81" || target.path != "/a/b?c" {
		t.Errorf("%+v, %v", target, err)
	}
	if target, err := readinessTarget("", "127.0.0.1:5"); err != nil || target.path != "" {
		t.Errorf("%+v, %v", target, err)
	}
	if target, err := readinessTarget("", ""); target != nil || err != nil {
		t.Errorf("%+v, %v", target, err)
	}
	for _, url := range []string{"https://127.0.0.1/x", "http://example.com/x", "http://127.0.0.1:0/"} {
		if _, err := readinessTarget(url, ""); err == nil {
			t.Errorf("%q is taken", url)
		}
	}
	if !isReadyAnswer("HTTP/1.1 200 OK\r\n") || isReadyAnswer("HTTP/1.1 204 No Content") || isReadyAnswer("") {
		t.Error("answers")
	}
}

// temporaryFolder is T.TempDir without its failure when a file cannot be removed, as under Wine.
func temporaryFolder(t *testing.T) string {
	folder, err := os.MkdirTemp("", "service-host")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

// openPlain opens as openShared does, on any system.
func openPlain(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o640)
}

func TestPiecesOfALongLineKeepItsLevelAndItsCharacters(t *testing.T) {
	var events recorder
	var file strings.Builder
	o := output{file: &file, events: &events, now: time.Now}
	// The cut falls into the first é, and what follows it looks like an error and like a crash.
	line := strings.Repeat("x", maximumLine-1) + "é" + strings.Repeat("ERROR panic: ", maximumLine/8)
	o.copyFrom(strings.NewReader(line + "\nlevel=WARN next\n"))
	o.finish()
	pieces := strings.Split(file.String(), "\n")
	if pieces[0] != strings.Repeat("x", maximumLine-1) || !strings.HasPrefix(pieces[1], "éERROR") {
		t.Errorf("%d bytes, then %.10q", len(pieces[0]), pieces[1])
	}
	if strings.ReplaceAll(file.String(), "\n", "") != line+"level=WARN next" {
		t.Error("something of the line is lost")
	}
	if want := (recorder{"warning level=WARN next"}); !reflect.DeepEqual(events, want) {
		t.Errorf("%d events, %.40q", len(events), events)
	}
}

func TestAPanicWithAVeryLongTextIsReported(t *testing.T) {
	var events recorder
	o := output{events: &events, now: time.Now}
	o.copyFrom(strings.NewReader("panic: " + strings.Repeat("x", 3*maximumLine) + "\n\ngoroutine 1 [running]:\n"))
	o.finish()
	if len(events) != 1 || !strings.HasPrefix(events[0], "error panic: xxx") || len(events[0]) > maximumCrash+20 {
		t.Errorf("%d events, %.40q", len(events), events)
	}
}

func TestALogFolderThatComesBackIsUsedAgain(t *testing.T) {
	folder := filepath.Join(temporaryFolder(t), "logs")
	var faults []error
	file := openRotatedFile(filepath.Join(folder, "x.log"), openPlain, 0, 1, func(err error) { faults = append(faults, err) })
	for i := 0; i < 3; i++ {
		if _, err := file.Write([]byte("lost\n")); err == nil {
			t.Error("written without a folder")
		}
	}
	if len(faults) != 1 {
		t.Errorf("told %d times: %v", len(faults), faults)
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	_, _ = file.Write([]byte("found\n"))
	file.Close()
	if text, _ := os.ReadFile(file.path); string(text) != "found\n" {
		t.Errorf("%q", text)
	}
}

func TestAWriteThatFailsIsToldOnceAndTriedAgain(t *testing.T) {
	path := filepath.Join(temporaryFolder(t), "x.log")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	isFull, faults := true, 0
	// A file that is open for reading only refuses what a full disk refuses.
	open := func(path string) (*os.File, error) {
		if isFull {
			return os.Open(path)
		}
		return openPlain(path)
	}
	file := openRotatedFile(path, open, 10, 1, func(error) { faults++ })
	for i := 0; i < 3; i++ {
		if count, err := file.Write([]byte("12345678\n")); err == nil || count != 0 {
			t.Error("written", count)
		}
	}
	isFull = false
	file.reopen()
	if _, err := file.Write([]byte("written\n")); err != nil {
		t.Error(err)
	}
	file.Close()
	if text, _ := os.ReadFile(path); string(text) != "written\n" || faults != 1 {
		t.Errorf("%q, told %d times", text, faults)
	}
}
