package hub

import (
	"crypto/tls"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

func TestHandshakesBeginAFewAtATimeAndOneThatDoesNotEndKeepsNobodyOut(t *testing.T) {
	k, err := openKeys(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := k.serverCertificate("localhost", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		const patience = 2 * time.Second
		server := &tls.Config{Certificates: []tls.Certificate{*certificate}, GetConfigForClient: pace(1, patience)}
		// shake returns how long a handshake took; its client stops before the end until it may go on.
		shake := func(goOn <-chan struct{}) time.Duration {
			near, far := net.Pipe()
			defer near.Close()
			defer far.Close()
			go func() { _ = tls.Server(far, server).HandshakeContext(t.Context()) }() // the client tells how it went
			client := &tls.Config{InsecureSkipVerify: true, VerifyConnection: func(tls.ConnectionState) error {
				<-goOn
				return nil
			}}
			began := time.Now() // of the bubble: no real time passes
			conn := tls.Client(near, client)
			if err := conn.HandshakeContext(t.Context()); err != nil {
				t.Errorf("handshake: %v", err)
			}
			return time.Since(began)
		}
		free, stop := make(chan struct{}), make(chan struct{})
		close(free)
		if took := shake(free); took != 0 {
			t.Errorf("alone it took %v", took)
		}
		stalled := make(chan struct{})
		go func() {
			shake(stop)
			close(stalled)
		}()
		synctest.Wait()
		if took := shake(free); took != patience {
			t.Errorf("beside one that does not end it took %v, want %v", took, patience)
		}
		close(stop)
		<-stalled
		synctest.Wait()
		if took := shake(free); took != 0 {
			t.Errorf("after that one it took %v", took)
		}
	})
}
