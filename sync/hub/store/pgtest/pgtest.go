// Package pgtest starts a PostgreSQL server for tests: the one that is installed, with its disk flushes on, in a folder of its own
// that goes with it. Only tests import it.
package pgtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver
)

// patience is a safety net: no test waits for it unless something is broken.
const patience = time.Minute

// Server is one server of a test binary. The zero value starts when the first database is asked for; Stop it in TestMain.
type Server struct {
	mu        sync.Mutex
	dir       string // guarded by mu, as all below
	port      int
	password  string
	databases int
}

// Password is that of the user postgres over TCP; over the socket none is asked for.
func (s *Server) Password() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.password
}

// Database makes an empty database and returns its address over the server's socket.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir == "" {
		if err := s.begin(); err != nil {
			t.Fatalf("starting PostgreSQL (.ci/deps test installs it): %v", err)
		}
	}
	s.databases++
	name := "t" + strconv.Itoa(s.databases)
	if err := s.exec(t.Context(), `CREATE DATABASE `+name); err != nil {
		t.Fatal(err)
	}
	return s.socket(name)
}

// TCP returns the address of a database over the loopback, without the password.
func (s *Server) TCP(address string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, _ := url.Parse(address) // made by Database
	return (&url.URL{Scheme: "postgres", User: url.User("postgres"), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), Path: u.Path}).String()
}

// Tool runs a program of PostgreSQL, as pg_dump, and returns what it printed.
func (s *Server) Tool(ctx context.Context, name string, args ...string) ([]byte, error) {
	path, err := find(name)
	if err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, path, args...).Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		err = fmt.Errorf("%w: %s", err, failed.Stderr)
	}
	return out, err
}

// Restart stops the server as a power cut would, without a word to anybody, and starts it again.
func (s *Server) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.pgCtl(ctx, "restart", "-m", "immediate"); err != nil {
		return err
	}
	return s.await(ctx)
}

// Stop ends the server, if it was started, and takes its folder away.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := s.pgCtl(ctx, "stop", "-m", "immediate")
	err = errors.Join(err, os.RemoveAll(s.dir))
	s.dir = ""
	return err
}

func (s *Server) socket(database string) string {
	q := url.Values{"host": {s.dir}, "port": {strconv.Itoa(s.port)}}
	return "postgres://postgres@/" + database + "?" + q.Encode()
}

func (s *Server) exec(ctx context.Context, statement string) (err error) {
	db, err := sql.Open("pgx", s.socket("postgres"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, statement)
	return err
}

// begin makes the server's folder, fills it and starts the server.
func (s *Server) begin() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	// The path of a socket fits in about a hundred bytes: a test's own folder may be too long.
	dir, err := os.MkdirTemp("", "bottega-pg-")
	if err != nil {
		return err
	}
	s.dir, s.password = dir, rand.Text()
	if s.port, err = freePort(); err != nil {
		return err
	}
	secret := filepath.Join(dir, "password")
	if err := errors.Join(os.WriteFile(secret, []byte(s.password), 0o600), own(dir, secret)); err != nil {
		return err
	}
	if err := s.run(ctx, "initdb", "-D", filepath.Join(dir, "data"), "-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256",
		"--pwfile", secret, "-E", "UTF8", "--locale=C"); err != nil {
		return err
	}
	if err := s.pgCtl(ctx, "start"); err != nil {
		return err
	}
	return s.await(ctx)
}

func (s *Server) pgCtl(ctx context.Context, args ...string) error {
	options := fmt.Sprintf("-k %s -p %d -c listen_addresses=127.0.0.1", s.dir, s.port)
	args = append(args, "-D", filepath.Join(s.dir, "data"), "-w", "-l", filepath.Join(s.dir, "log"))
	if args[0] != "stop" {
		args = append(args, "-o", options)
	}
	return s.run(ctx, "pg_ctl", args...)
}

func (s *Server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := s.exec(ctx, `SELECT 1`)
		if err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// run runs a program of PostgreSQL as the user that it wants to run as: never root.
func (s *Server) run(ctx context.Context, name string, args ...string) error {
	path, err := find(name)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = s.dir
	if err := asOwner(cmd); err != nil {
		return err
	}
	// A file rather than a pipe: the server keeps what it is given open, and a pipe would never end.
	said, err := os.CreateTemp("", "bottega-pg-said-")
	if err != nil {
		return err
	}
	defer func() { _ = errors.Join(said.Close(), os.Remove(said.Name())) }() // only an aid to reading failures
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(said.Name())
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(string(text)))
	}
	return nil
}

// find returns the path of a program of PostgreSQL: Debian keeps those for servers outside the usual folders.
func find(name string) (string, error) {
	installed, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if err != nil {
		return "", err
	}
	if len(installed) > 0 {
		return slices.Max(installed), nil
	}
	return exec.LookPath(name)
}

func freePort() (int, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	port := ln.Addr().(*net.TCPAddr).Port
	return port, ln.Close()
}
