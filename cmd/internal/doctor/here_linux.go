package doctor

import "os"

// system lets Linux tell of itself.
func (c *Computer) system() { c.Linux(os.DirFS("/")) }
