package pcscdtest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Readers is how many virtual readers a daemon has, and ReaderName the PC/SC name of each.
const Readers = 2

// ReaderName returns the name that PC/SC gives to a virtual reader, counted from 0.
func ReaderName(slot int) string { return fmt.Sprintf("Virtual PCD 00 %02d", slot) }

// driver is where Debian and Ubuntu put the virtual reader's driver.
const driver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"

// ErrMissing says that the computer lacks a program that the daemon needs, and how to get it.
var ErrMissing = errors.New("missing for tests with the real card service: apt-get install -y pcscd vsmartcard-vpcd libpcsclite-dev opensc")

// patience bounds how long the daemon may take to start or to stop.
const patience = 15 * time.Second

// Daemon is a private card service. Its socket and its readers' addresses stay the same when it is killed and started again.
type Daemon struct {
	dir    string
	driver string
	port   int
	log    io.Writer

	mu      sync.Mutex
	process *exec.Cmd
	exited  chan struct{}
}

// Start starts a daemon with its socket in dir, which must exist and should be empty and short of name. The daemon's messages
// go to log. It is ready for clients when Start returns.
func Start(dir string, log io.Writer) (*Daemon, error) {
	return start(&Daemon{dir: dir, driver: driver, log: log})
}

// StartWithCable is Start with readers whose cable can be pulled, see Unplug. It needs a C compiler.
func StartWithCable(dir string, log io.Writer) (*Daemon, error) {
	cable, err := buildCable(dir)
	if err != nil {
		return nil, err
	}
	return start(&Daemon{dir: dir, driver: cable, log: log})
}

func start(d *Daemon) (*Daemon, error) {
	for _, program := range []string{"pcscd", "unshare"} {
		if _, err := lookUp(program); err != nil {
			return nil, fmt.Errorf("%w (%w)", ErrMissing, err)
		}
	}
	if _, err := os.Stat(driver); err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrMissing, err)
	}
	if err := d.configure(); err != nil {
		return nil, fmt.Errorf("private card service: %w", err)
	}
	if err := d.Restart(); err != nil {
		return nil, err
	}
	return d, nil
}

// lookUp finds a program, also where a plain user's path does not look.
func lookUp(program string) (string, error) {
	if path, err := exec.LookPath(program); err == nil {
		return path, nil
	}
	return exec.LookPath(filepath.Join("/usr/sbin", program))
}

// configure chooses free ports for the readers and writes the daemon's configuration.
func (d *Daemon) configure() error {
	port, err := freePorts(Readers)
	if err != nil {
		return err
	}
	d.port = port
	for _, folder := range []string{"run", "conf"} {
		if err := os.MkdirAll(filepath.Join(d.dir, folder), 0o755); err != nil {
			return err
		}
	}
	conf := fmt.Sprintf("FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:0x%X\nLIBPATH %s\nCHANNELID 0x%X\n", port, d.driver, port)
	return os.WriteFile(filepath.Join(d.dir, "conf", "vpcd"), []byte(conf), 0o600)
}

// freePorts finds n free TCP ports in a row.
func freePorts(n int) (int, error) {
	for range 50 {
		first, err := net.Listen("tcp", "0.0.0.0:0")
		if err != nil {
			return 0, err
		}
		_, text, err := net.SplitHostPort(first.Addr().String())
		if err != nil {
			return 0, err
		}
		port, err := strconv.Atoi(text)
		if err != nil {
			return 0, err
		}
		held := []net.Listener{first}
		for i := 1; i < n; i++ {
			next, err := net.Listen("tcp", net.JoinHostPort("0.0.0.0", strconv.Itoa(port+i)))
			if err != nil {
				break
			}
			held = append(held, next)
		}
		for _, l := range held {
			_ = l.Close() // they were only held to find the ports
		}
		if len(held) == n {
			return port, nil
		}
	}
	return 0, errors.New("no free ports for the virtual readers")
}

// Socket is what clients need in PCSCLITE_CSOCK_NAME to talk to this daemon.
func (d *Daemon) Socket() string { return filepath.Join(d.dir, "run", "pcscd.comm") }

// Env returns the environment of a client program: PCSCLITE_CSOCK_NAME is set and nothing else is changed.
func (d *Daemon) Env() []string { return append(os.Environ(), "PCSCLITE_CSOCK_NAME="+d.Socket()) }

// Address is where a practice card plugs into a reader, counted from 0.
func (d *Daemon) Address(slot int) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(d.port+slot))
}

// Restart starts the daemon again, after Kill, and waits until it is ready.
func (d *Daemon) Restart() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.process != nil {
		return errors.New("the private card service runs already")
	}
	pcscd, err := lookUp("pcscd")
	if err != nil {
		return fmt.Errorf("%w (%w)", ErrMissing, err)
	}
	process := exec.Command("unshare", d.arguments(pcscd)...)
	process.Stdout, process.Stderr = d.log, d.log
	process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it must not outlive a test that was killed
	if err := process.Start(); err != nil {
		return fmt.Errorf("private card service: %w", err)
	}
	exited := make(chan struct{})
	go func() {
		_ = process.Wait() // it ends by being killed
		close(exited)
	}()
	if err := d.ready(exited); err != nil {
		_ = process.Process.Kill() // it may have ended by itself
		<-exited
		return err
	}
	d.process, d.exited = process, exited
	return nil
}

// arguments returns how the daemon is started. Its socket lies in /run/pcscd, wherever it is started: in a mount namespace of
// its own that folder is ours.
func (d *Daemon) arguments(pcscd string) []string {
	const script = `mount -t tmpfs none /run && mkdir /run/pcscd && mount --bind "$1" /run/pcscd && shift && exec "$@"`
	arguments := []string{"-m"}
	if os.Geteuid() != 0 {
		arguments = append(arguments, "-r")
	}
	arguments = append(arguments, "sh", "-c", script, "sh", filepath.Join(d.dir, "run"), pcscd, "--foreground", "-c", filepath.Join(d.dir, "conf"))
	// From version 2.0 on the daemon may ask polkit who is allowed to use cards, and there is none in our namespace.
	const alone = "--disable-polkit"
	if help, err := exec.Command(pcscd, "--help").CombinedOutput(); err == nil && strings.Contains(string(help), alone) {
		arguments = append(arguments, alone)
	}
	return arguments
}

// ready waits until clients and cards can connect.
func (d *Daemon) ready(exited <-chan struct{}) error {
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		select {
		case <-exited:
			return errors.New("private card service: pcscd ended at once; its messages say why")
		case <-time.After(20 * time.Millisecond):
		}
		client, err := net.Dial("unix", d.Socket())
		if err != nil {
			continue
		}
		_ = client.Close() // it was only a knock
		if listening(d.port + Readers - 1) {
			return nil
		}
	}
	return errors.New("private card service: pcscd did not get ready")
}

// listening reports whether a port is being listened on, without connecting: a connection would be taken for a card.
func listening(port int) bool {
	table, err := os.ReadFile("/proc/net/tcp")
	return err == nil && strings.Contains(string(table), fmt.Sprintf(":%04X 00000000:0000 0A", port))
}

// Kill ends the daemon at once, as a crash would. Cards that are plugged in lose their reader.
func (d *Daemon) Kill() error { return d.end(syscall.SIGKILL) }

// Close ends the daemon for good.
func (d *Daemon) Close() error { return d.end(syscall.SIGTERM) }

// Pause stops the daemon without ending it, so that it answers nobody; Resume lets it go on.
func (d *Daemon) Pause() error { return d.signal(syscall.SIGSTOP) }

// Resume lets a paused daemon go on.
func (d *Daemon) Resume() error { return d.signal(syscall.SIGCONT) }

func (d *Daemon) signal(s syscall.Signal) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.process == nil {
		return errors.New("the private card service does not run")
	}
	return d.process.Process.Signal(s)
}

func (d *Daemon) end(s syscall.Signal) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.process == nil {
		return nil
	}
	if err := d.process.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("private card service: %w", err)
	}
	select {
	case <-d.exited:
	case <-time.After(patience):
		_ = d.process.Process.Kill() // it did not listen
		<-d.exited
	}
	d.process = nil
	_ = os.Remove(d.Socket()) // a killed daemon leaves it
	return nil
}
