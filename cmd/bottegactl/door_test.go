package main

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"bottega/sync/hub"
	"bottega/sync/hub/hubtest"
	"bottega/sync/wire"
)

// openDoor serves the test door of a hub for the rest of the script: door practice, or door real for a hub that trusts no
// practice card. It leaves the door's address in DOOR and the authority of the hub in door.pem.
func openDoor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: door practice|real")
	}
	h, stop, err := hubtest.Start(hub.Params{State: ts.MkAbs("door-" + args[0]), Practice: args[0] == "practice"})
	ts.Check(err)
	ts.Defer(func() { ts.Check(stop()) })
	address, err := h.Public()
	ts.Check(err)
	ts.Setenv("DOOR", address.String()+wire.PathDoor)
	ts.Check(os.WriteFile(ts.MkAbs("door.pem"), authorityOf(ts, address.Host), 0o600))
}

// authorityOf returns the authority that a server shows behind its certificate, as PEM.
func authorityOf(ts *testscript.TestScript, address string) []byte {
	connection, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}) // to learn whom to trust
	ts.Check(err)
	defer connection.Close()
	chain := connection.ConnectionState().PeerCertificates
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: chain[len(chain)-1].Raw})
}

// openPortal serves a portal that answers everything with a status: portal asks STATUS, or portal ignores STATUS for one that
// asks for no certificate. It leaves its address in PORTAL and its certificate in portal.pem.
func openPortal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: portal asks|ignores STATUS")
	}
	status, err := strconv.Atoi(args[1])
	ts.Check(err)
	portal := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	portal.Config.ErrorLog = log.New(io.Discard, "", 0)
	portal.TLS = &tls.Config{}
	if args[0] == "asks" {
		portal.TLS.ClientAuth = tls.RequireAnyClientCert
	}
	portal.StartTLS()
	ts.Defer(portal.Close)
	ts.Setenv("PORTAL", portal.URL)
	ts.Check(os.WriteFile(ts.MkAbs("portal.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: portal.Certificate().Raw}), 0o600))
}
