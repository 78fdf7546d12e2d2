package goreleasehost

import "strings"

// splitArguments takes a command line without its program apart, as CommandLineToArgvW does: spaces and tabs separate,
// quotation marks keep them, a backslash escapes a quotation mark only, and two quotation marks inside of quotation
// marks are one.
func splitArguments(line string) []string {
	var arguments []string
	for {
		line = strings.TrimLeft(line, " \t")
		if line == "" {
			return arguments
		}
		var argument string
		argument, line = nextArgument(line)
		arguments = append(arguments, argument)
	}
}

// nextArgument reads one argument and gives the rest.
func nextArgument(line string) (string, string) {
	var argument strings.Builder
	quoted := false
	for at := 0; at < len(line); at++ {
		switch c := line[at]; {
		case (c == ' ' || c == '\t') && !quoted:
			return argument.String(), line[at:]
		case c == '\\':
			count := len(line[at:]) - len(strings.TrimLeft(line[at:], `\`))
			at += count - 1
			if at+1 < len(line) && line[at+1] == '"' {
				argument.WriteString(strings.Repeat(`\`, count/2))
				if count%2 == 1 {
					argument.WriteByte('"')
					at++
				}
			} else {
				argument.WriteString(strings.Repeat(`\`, count))
			}
		case c == '"' && quoted && at+1 < len(line) && line[at+1] == '"':
			argument.WriteByte('"')
			at++
		case c == '"':
			quoted = !quoted
		default:
			argument.WriteByte(c)
		}
	}
	return argument.String(), ""
}
