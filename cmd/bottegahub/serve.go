package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"bottega/sync/hub"
)

// serve answers desks until it is told to stop.
type serve struct {
	Listen    string        `placeholder:"ADDR" default:":8443" help:"${help_listen}"`
	Public    string        `placeholder:"URL" help:"${help_public}"`
	Practice  bool          `help:"${help_practice}"`
	Admin     string        `placeholder:"ADDR" help:"${help_admin}"`
	TLSCert   string        `name:"tls-cert" placeholder:"FILE" help:"${help_tls_cert}"`
	TLSKey    string        `name:"tls-key" placeholder:"FILE" help:"${help_tls_key}"`
	ACME      []string      `name:"acme" placeholder:"HOST" help:"${help_acme}"`
	Directory string        `name:"acme-directory" placeholder:"URL" help:"${help_acme_directory}"`
	Balancer  []string      `placeholder:"ADDR" help:"${help_balancer}"`
	Notice    time.Duration `default:"0s" help:"${help_notice}"`
}

// Run implements the command.
func (c *serve) Run(a *app) error {
	if (c.TLSCert == "") != (c.TLSKey == "") || c.TLSCert != "" && len(c.ACME) > 0 {
		return &failure{exit: exitWrongUse, code: "tls_pair"}
	}
	balancers, err := hub.Balancers(c.Balancer)
	if err != nil {
		return &failure{exit: exitWrongUse, code: "balancer", cause: err}
	}
	var handler slog.Handler = slog.NewTextHandler(a.stderr, nil)
	if a.json {
		handler = slog.NewJSONHandler(a.stderr, nil)
	}
	h, err := a.open(hub.Params{
		Public: c.Public, Practice: c.Practice, Notice: c.Notice, Balancers: balancers, Log: slog.New(handler),
		TLS: hub.PublicTLS{CertFile: c.TLSCert, KeyFile: c.TLSKey, Hosts: c.ACME, Directory: c.Directory},
	})
	if err != nil {
		return err
	}
	return errors.Join(c.serve(a, h), h.Close())
}

func (c *serve) serve(a *app, h *hub.Hub) error {
	// The wildcard address is where the hub listens, never where desks find it.
	if _, err := h.Public(); err != nil && wildcard(c.Listen) {
		return failed("public", nil)
	}
	ln, err := (&net.ListenConfig{}).Listen(a.ctx, "tcp", c.Listen)
	if err != nil {
		return failed("listen", err, "Address", c.Listen)
	}
	answer := map[string]string{}
	if c.Admin != "" {
		watched, err := (&net.ListenConfig{}).Listen(a.ctx, "tcp", c.Admin)
		if err != nil {
			return errors.Join(failed("listen", err, "Address", c.Admin), ln.Close())
		}
		defer watch(h, watched)()
		answer["admin"] = "http://" + watched.Addr().String()
	}
	return h.Serve(a.ctx, ln, func(public string) error {
		answer["public"] = public
		return a.show(answer, a.say.T("hub.serving", "Public", public)+"\n")
	})
}

// watch answers whoever watches over the hub, until the returned function is called: longer than the hub serves, so that it can say
// that it is stopping.
func watch(h *hub.Hub, ln net.Listener) (stop func()) {
	server := &http.Server{Handler: h.Admin(), ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, MaxHeaderBytes: 8 << 10}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(ln) // ends with Shutdown
	}()
	return func() {
		last, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if server.Shutdown(last) != nil {
			_ = server.Close() // whoever still watches sees it end
		}
		<-done
	}
}

func wildcard(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	ip := net.ParseIP(host)
	return err == nil && (host == "" || ip != nil && ip.IsUnspecified())
}
