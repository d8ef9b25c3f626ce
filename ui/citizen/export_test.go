package citizen

// Digits is the one place where a code is while it is typed.
func Digits(s *Stage) []byte { return s.asked.digits }
