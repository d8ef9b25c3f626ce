package house

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"testing/fstest"
	"time"

	"bottega/desk"
	"bottega/desk/desktest"
	"bottega/desk/walk"
	"bottega/sync/wire"
)

// takesPacks makes this test binary a program that takes one pack after another in a folder, until it is killed.
const takesPacks = "BOTTEGA_TEST_TAKES_PACKS"

func TestMain(m *testing.M) {
	if dir := os.Getenv(takesPacks); dir != "" {
		if err := takePacks(dir); err != nil {
			_, _ = fmt.Fprintln(os.Stderr, err) // the test reads that nothing more comes
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func killKey() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, ed25519.SeedSize))
}

// killParams open the packs of the folder that is killed in.
func killParams(dir string) PacksParams {
	return PacksParams{
		Dir: dir, Keys: []wire.TokenKey{wire.NewTokenKey(killKey().Public().(ed25519.PublicKey))},
		Own: Content{Catalogue: desk.Catalogue{Services: []*walk.Service{{ID: "s0"}}}},
	}
}

// takePacks says each version on a line once it is in force. It goes on from the one that it finds.
func takePacks(dir string) error {
	packs := openPacks(killParams(dir), names)
	clock := desktest.NewClock(time.Unix(1_800_000_000, 0))
	d, err := desk.Open(context.Background(), desk.Params{Journal: &desktest.Journal{Clock: clock}, Clock: clock, NewID: desktest.IDs()})
	if err != nil {
		return err
	}
	defer packs.Follow(d, nil)()
	for version := packs.Status().Version + 1; ; version++ {
		data, err := wire.SignPack(killKey(), wire.PackFacts{Version: version, MadeAt: clock.Now(), Needs: 1},
			fstest.MapFS{fmt.Sprintf("services/s%d.yaml", version): {Data: bytes.Repeat([]byte("x"), 1<<16)}})
		if err != nil {
			return err
		}
		if err := packs.Install(data); err != nil {
			return err
		}
		if _, err := fmt.Println(version); err != nil {
			return err
		}
	}
}

func TestKillOfAProgramThatTakesPacksLosesNoneThatWasInForce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), PacksFolder)
	chance := rand.New(rand.NewPCG(1, 2))
	for range 25 {
		program := exec.Command(os.Args[0])
		program.Env = append(os.Environ(), takesPacks+"="+dir)
		out, err := program.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := program.Start(); err != nil {
			t.Fatal(err)
		}
		said := uint64(0)
		lines := bufio.NewScanner(out)
		for range 1 + chance.IntN(8) {
			if !lines.Scan() {
				t.Fatal("the program ended by itself")
			}
		}
		if said, err = strconv.ParseUint(lines.Text(), 10, 64); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(chance.IntN(3000)) * time.Microsecond) // somewhere within the next one
		if err := program.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() {
			if said, err = strconv.ParseUint(lines.Text(), 10, 64); err != nil {
				t.Fatal(err)
			}
		}
		_ = program.Wait() // it was killed
		packs := openPacks(killParams(dir), names)
		s, services := packs.Status(), packs.Content().Catalogue.Services
		if s.Problem != "" || s.Version < said || s.Version > said+1 || services[0].ID != fmt.Sprintf("s%d", s.Version) {
			t.Fatalf("version %d was in force, and after the kill there is %+v with %s", said, s, services[0].ID)
		}
		if left, err := filepath.Glob(filepath.Join(dir, "*"+unfinished)); err != nil || len(left) > 0 {
			t.Errorf("left over: %v, %v", left, err)
		}
	}
}
