package text_test

import (
	"testing"

	"bottega/ui/text"
)

func TestTheEnvironmentNamesTheLanguageInTheUsualOrder(t *testing.T) {
	for name, tc := range map[string]struct {
		env  map[string]string
		want string
	}{
		"nothing set":         {nil, "it"},
		"the computer's":      {map[string]string{"LANG": "en_GB.UTF-8"}, "en-GB"},
		"one over all others": {map[string]string{"LANG": "en_GB.UTF-8", "LC_ALL": "it_IT.UTF-8"}, "it-IT"},
		"messages over all":   {map[string]string{"LANG": "it_IT.UTF-8", "LC_MESSAGES": "en_US"}, "en-US"},
		"ours before theirs":  {map[string]string{"LC_ALL": "it_IT.UTF-8", "BOTTEGA_LANG": "en"}, "en"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := text.FromEnvironment(func(k string) string { return tc.env[k] }); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
