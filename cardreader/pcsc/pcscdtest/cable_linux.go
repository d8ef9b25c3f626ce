package pcscdtest

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// cableSource is the C source of the driver whose cable can be pulled.
//
//go:embed testdata/cable.c
var cableSource []byte

// soname is how libraries that are linked with the virtual reader's driver name it. Debian and Ubuntu do not install that name.
const soname = "libifdvpcd.so.0"

// buildCable compiles the driver into dir and returns its path.
func buildCable(dir string) (string, error) {
	library, source := filepath.Join(dir, "cable.so"), filepath.Join(dir, "cable.c")
	if err := os.WriteFile(source, cableSource, 0o600); err != nil {
		return "", fmt.Errorf("driver with a cable: %w", err)
	}
	if err := os.Symlink(driver, filepath.Join(dir, soname)); err != nil {
		return "", fmt.Errorf("driver with a cable: %w", err)
	}
	out, err := exec.Command("cc", "-shared", "-fPIC", "-I/usr/include/PCSC", "-Wl,--no-as-needed", "-Wl,-rpath,"+dir,
		fmt.Sprintf("-DDRIVER=%q", driver), fmt.Sprintf("-DUNPLUGGED=%q", unplugged(dir)), "-o", library, source, driver).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("driver with a cable: %w\n%s", err, out)
	}
	return library, nil
}

func unplugged(dir string) string { return filepath.Join(dir, "unplugged") }

// Unplug pulls the cable of the readers, which stop answering the card service in the middle of whatever goes on.
// The daemon must have been started with StartWithCable. PlugIn puts the cable back.
func (d *Daemon) Unplug() error { return os.WriteFile(unplugged(d.dir), nil, 0o600) }

// PlugIn puts the readers' cable back. It may be called when they were never unplugged.
func (d *Daemon) PlugIn() error {
	if err := os.Remove(unplugged(d.dir)); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("plugging the readers in: %w", err)
	}
	return nil
}
