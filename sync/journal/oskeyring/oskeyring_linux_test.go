package oskeyring_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/journal"
	"bottega/sync/journal/oskeyring"
)

// onOwnBus says in the environment that the test runs on a session bus of its own, where a real keyring may be started.
const onOwnBus = "BOTTEGA_KEYRING_TEST_BUS"

// ownBus is a session bus that starts nothing by itself.
const ownBus = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>`

// patience is a safety net, and no measure of anything.
const patience = time.Minute

// The Secret Service of Debian (gnome-keyring), on a bus that nobody else is on.
func TestTheRealKeyringUnlocksAJournalUntilThePassphraseChanges(t *testing.T) {
	if os.Getenv(onOwnBus) == "" {
		runOnOwnBus(t)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	j, who := someJournal(t)
	ring := oskeyring.Ring{}
	if err := j.RememberOn(ctx, ring); !errors.Is(err, journal.ErrKeyring) {
		t.Fatalf("with no keyring on the bus: %v", err)
	}
	if j.Remembered(who) {
		t.Fatal("remembered, and no keyring keeps the secret")
	}
	startKeyring(ctx, t)
	must(t, j.RememberOn(ctx, ring))
	j.Lock()
	must(t, j.UnlockWith(ctx, who, ring))
	if _, err := j.Append(ctx, desk.Draft{Visit: "v", Payload: desk.NoteAdded{Text: "senza frase"}}); err != nil {
		t.Error(err)
	}
	must(t, j.ForgetOn(ctx, ring))
	must(t, j.RememberOn(ctx, ring))
	must(t, j.ChangePassphrase(ctx, []byte("tutta un'altra frase")))
	j.Lock()
	if err := j.UnlockWith(ctx, who, ring); !errors.Is(err, journal.ErrNotRemembered) {
		t.Errorf("after the passphrase changed: %v", err)
	}
}

func TestAKeyringWithoutTheSecretIsToldFromOneThatFails(t *testing.T) {
	if os.Getenv(onOwnBus) == "" {
		runOnOwnBus(t)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	startKeyring(ctx, t)
	ring := oskeyring.Ring{}
	if _, err := ring.Get(ctx, "journal", "nobody"); !errors.Is(err, journal.ErrNotRemembered) {
		t.Errorf("nothing kept: %v", err)
	}
	must(t, ring.Delete(ctx, "journal", "nobody"))
	ended, end := context.WithCancel(ctx)
	end()
	if err := ring.Set(ended, "journal", "nobody", []byte("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

// runOnOwnBus plays the test again under dbus-run-session, with folders of its own.
func runOnOwnBus(t *testing.T) {
	t.Helper()
	home := t.TempDir()
	runtime := filepath.Join(home, "run")
	must(t, os.Mkdir(runtime, 0o700))
	config := filepath.Join(home, "bus.conf")
	must(t, os.WriteFile(config, []byte(ownBus), 0o600))
	cmd := exec.Command("dbus-run-session", "--config-file="+config, "--", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1", "-test.v")
	cmd.Env = append(os.Environ(), onOwnBus+"=1", "HOME="+home, "XDG_DATA_HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_RUNTIME_DIR="+runtime)
	out, err := cmd.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		t.Fatalf("%v: the package dbus is needed", err)
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("%v\n%s", err, out)
	}
}

// startKeyring starts the daemon, whose login keyring it makes and unlocks, and waits until it is on the bus.
func startKeyring(ctx context.Context, t *testing.T) {
	t.Helper()
	cmd := exec.CommandContext(ctx, "gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
	cmd.Stdin = strings.NewReader("la password del computer")
	out, err := cmd.StdoutPipe()
	must(t, err)
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: the package gnome-keyring is needed", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if _, err := out.Read(make([]byte, 1)); err != nil && !errors.Is(err, io.EOF) { // it says something once it is ready
		t.Fatal(err)
	}
	for ctx.Err() == nil {
		asked := exec.CommandContext(ctx, "dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/",
			"org.freedesktop.DBus.GetNameOwner", "string:org.freedesktop.secrets")
		if asked.Run() == nil {
			return
		}
	}
	t.Fatal("the keyring never came to the bus")
}

func someJournal(t *testing.T) (j *journal.Journal, who string) {
	t.Helper()
	j, err := journal.Create(filepath.Join(t.TempDir(), "dati"), journal.NewFacilitator{Sigla: "MR"}, []byte("tre parole a caso"),
		journal.Options{Params: journal.Params{Time: 1, MemoryKiB: 64, Threads: 1}})
	must(t, err)
	t.Cleanup(func() { must(t, j.Close()) })
	return j, "MR"
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
