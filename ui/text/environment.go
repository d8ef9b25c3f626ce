package text

import "strings"

// FromEnvironment returns the language that the environment asks for, as a tag for Catalog.For: BOTTEGA_LANG first, then the
// computer's own settings in their order (POSIX.1-2017, 8.2). It is Italian where nothing is set.
func FromEnvironment(env func(string) string) string {
	for _, name := range []string{"BOTTEGA_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if set, _, _ := strings.Cut(env(name), "."); set != "" {
			return strings.ReplaceAll(set, "_", "-")
		}
	}
	return Italian
}
