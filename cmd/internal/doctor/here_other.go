//go:build !linux && !windows

package doctor

import (
	"context"
	"strings"
)

// system fills in what macOS tells of itself, through its own programs.
func (c *Computer) system() {
	c.Name = func(ctx context.Context) string {
		version, err := c.Run(ctx, "sw_vers", "-productVersion")
		if err != nil {
			return ""
		}
		return "macOS " + strings.TrimSpace(version)
	}
	c.USB = func(ctx context.Context) ([]Device, bool) {
		printed, err := c.Run(ctx, "ioreg", "-p", "IOUSB", "-l", "-w", "0")
		return ioregDevices(printed), err == nil
	}
	c.Processes = func(ctx context.Context) []Process {
		printed, err := c.Run(ctx, "ps", "-axo", "comm")
		if err != nil {
			return nil
		}
		return psProcesses(printed)
	}
}
