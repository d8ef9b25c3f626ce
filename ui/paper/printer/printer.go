package printer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/user"
	"strings"
	"sync"
	"time"

	"github.com/OpenPrinting/goipp"

	"bottega/desk"
)

// Config says where printers are and how long to wait for them. The zero Config is a good one.
type Config struct {
	// Server is the print service as CUPS_SERVER writes it: a host, host:port, or the path of a socket. Empty means this
	// computer's: its socket where there is one, else localhost:631.
	Server string
	// Printers are addresses of printers that the print service does not know.
	Printers []string
	// Pins maps the fingerprint of a self-signed certificate to the host it was accepted for.
	Pins map[string]string
	// User is the name that jobs are sent under; empty means the user of the operating system.
	User  string
	Waits Waits
}

// Waits bounds every wait. A zero field has its default.
type Waits struct {
	Ask    time.Duration // one question to a printer: 8 s
	Send   time.Duration // sending the paper: 90 s
	Busy   time.Duration // trying again while the printer is busy: 30 s
	Settle time.Duration // watching an accepted job for an early failure: 12 s
	Poll   time.Duration // between two looks: 700 ms
}

func (w Waits) filled() Waits {
	set := func(d *time.Duration, standard time.Duration) {
		if *d <= 0 {
			*d = standard
		}
	}
	set(&w.Ask, 8*time.Second)
	set(&w.Send, 90*time.Second)
	set(&w.Busy, 30*time.Second)
	set(&w.Settle, 12*time.Second)
	set(&w.Poll, 700*time.Millisecond)
	return w
}

// Client implements desk.Printers. It is safe for use by several goroutines.
type Client struct {
	network, local *http.Client
	// server is the address of the print service; socket its path, if it is reached that way.
	server, socket string
	printers       []string
	user           string
	waits          Waits
}

var _ desk.Printers = (*Client)(nil)

// New makes a client; it asks nobody yet.
func New(cfg Config) *Client {
	c := &Client{server: "ipp://localhost/", printers: cfg.Printers, user: cfg.User, waits: cfg.Waits.filled()}
	if c.user == "" {
		c.user = systemUser()
	}
	server := cfg.Server
	if server == "" {
		server = localSocket()
	}
	switch {
	case strings.HasPrefix(server, "/"):
		c.socket = server
	case server != "":
		host, _, _ := strings.Cut(server, "/") // "host:port/version=1.1" of older settings
		c.server = "ipp://" + host + "/"
	}
	var d net.Dialer
	c.network = newHTTP(d.DialContext, cfg.Pins)
	c.local = newHTTP(func(ctx context.Context, _, _ string) (net.Conn, error) {
		return d.DialContext(ctx, "unix", c.socket)
	}, nil)
	return c
}

// localSocket returns where CUPS listens on this computer, or nothing.
func localSocket() string {
	for _, path := range []string{"/run/cups/cups.sock", "/var/run/cups/cups.sock"} {
		if info, err := os.Stat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
			return path
		}
	}
	return ""
}

// systemUser is who owns the jobs; the domain that Windows puts in front of it is not part of the name.
func systemUser() string {
	u, err := user.Current()
	if err != nil {
		return "bottega"
	}
	return u.Username[strings.LastIndex(u.Username, `\`)+1:]
}

// wanted are the attributes that say whether a printer can print a PDF now.
var wanted = []goipp.Value{
	goipp.String("printer-name"), goipp.String("printer-info"), goipp.String("printer-uri-supported"),
	goipp.String("printer-state"), goipp.String("printer-state-reasons"), goipp.String("printer-is-accepting-jobs"),
	goipp.String("document-format-supported"),
}

// List returns the printers of the print service and those of the Config, each with its state. No printers is an empty list;
// NoService is an error only when there is no other way to a printer.
func (c *Client) List(ctx context.Context) ([]desk.PrinterInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, c.waits.Ask)
	defer cancel()
	given := make([]desk.PrinterInfo, len(c.printers))
	var waiting sync.WaitGroup
	for i, address := range c.printers {
		waiting.Go(func() { given[i] = c.probe(ctx, address) })
	}
	served, err := c.served(ctx)
	waiting.Wait()
	if err != nil && len(given) == 0 {
		return nil, fmt.Errorf("looking for printers: %w", err)
	}
	return append(served, given...), nil
}

// probe asks one printer how it is; that it does not answer is its trouble.
func (c *Client) probe(ctx context.Context, address string) desk.PrinterInfo {
	info := desk.PrinterInfo{URI: address, Name: address}
	to, err := c.parse(address)
	if err != nil {
		info.Trouble = string(CodeOf(err))
		return info
	}
	attrs, err := c.attributes(ctx, to)
	if err != nil {
		info.Name, info.Trouble = to.shown, string(CodeOf(err))
		return info
	}
	return describe(attrs, address)
}

// attributes returns what a printer says of itself.
func (c *Client) attributes(ctx context.Context, to target) (goipp.Attributes, error) {
	ctx, cancel := context.WithTimeout(ctx, c.waits.Ask)
	defer cancel()
	m := c.request(goipp.OpGetPrinterAttributes, to.ipp)
	m.Operation.Add(attribute("requested-attributes", goipp.TagKeyword, wanted...))
	answer, err := c.ask(ctx, to, m, nil)
	if err != nil {
		return nil, err
	}
	return answer.Printer, nil
}

// served are the printers of the print service.
func (c *Client) served(ctx context.Context) ([]desk.PrinterInfo, error) {
	to, err := c.parse(c.server)
	if err != nil {
		return nil, err
	}
	m := c.request(goipp.OpCupsGetPrinters, "")
	m.Operation.Add(attribute("requested-attributes", goipp.TagKeyword, wanted...))
	answer, err := c.ask(ctx, to, m, nil)
	if CodeOf(err) == NotFound && err != nil {
		return nil, nil // CUPS says "not found" when no printer was ever added
	}
	if err != nil {
		return nil, &Error{Code: NoService, Printer: to.shown, Err: err}
	}
	standard := c.standard(ctx, to)
	var out []desk.PrinterInfo
	for _, group := range answer.Groups {
		if group.Tag != goipp.TagPrinterGroup {
			continue
		}
		if address := text(group.Attrs, "printer-uri-supported"); address != "" {
			info := describe(group.Attrs, address)
			info.Default = standard != "" && text(group.Attrs, "printer-name") == standard
			out = append(out, info)
		}
	}
	return out, nil
}

// standard is the name of the default printer, or nothing: that there is none is no trouble.
func (c *Client) standard(ctx context.Context, to target) string {
	m := c.request(goipp.OpCupsGetDefault, "")
	m.Operation.Add(attribute("requested-attributes", goipp.TagKeyword, goipp.String("printer-name")))
	answer, err := c.ask(ctx, to, m, nil)
	if err != nil {
		return ""
	}
	return text(answer.Printer, "printer-name")
}

const stateStopped = 5 // printer-state, RFC 8011 5.4.11

// describe turns attributes into what a person chooses from.
func describe(attrs goipp.Attributes, address string) desk.PrinterInfo {
	info := desk.PrinterInfo{URI: address, Name: text(attrs, "printer-info")}
	if info.Name == "" {
		info.Name = text(attrs, "printer-name")
	}
	if info.Name == "" {
		info.Name = address
	}
	info.Trouble = string(trouble(attrs))
	info.Ready = info.Trouble == ""
	return info
}

// trouble is why a printer cannot print a PDF now, or nothing.
func trouble(attrs goipp.Attributes) Code {
	if formats := texts(attrs, "document-format-supported"); len(formats) > 0 && !hasPDF(formats) {
		return NoPDF
	}
	code := troubleIn(texts(attrs, "printer-state-reasons"))
	if code != "" {
		return code
	}
	if state, ok := integer(attrs, "printer-state"); ok && state == stateStopped {
		return Paused
	}
	for _, v := range values(attrs, "printer-is-accepting-jobs") {
		if open, ok := v.V.(goipp.Boolean); ok && !bool(open) {
			return NotAccepting
		}
	}
	return ""
}

func hasPDF(formats []string) bool {
	for _, f := range formats {
		if strings.EqualFold(f, pdfFormat) {
			return true
		}
	}
	return false
}

// Clear cancels the jobs of this user that a printer has not finished: papers of one citizen must not come out beside the next.
func (c *Client) Clear(ctx context.Context, address string) error {
	to, err := c.parse(address)
	if err != nil {
		return fmt.Errorf("emptying the print queue: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.waits.Send)
	defer cancel()
	_, err = c.ask(ctx, to, c.request(goipp.OpCancelMyJobs, to.ipp), nil)
	if status, ok := errors.AsType[ippStatus](err); ok && canListInstead(goipp.Status(status)) {
		err = c.cancelEach(ctx, to, "")
	}
	if err != nil {
		return fmt.Errorf("emptying the print queue: %w", err)
	}
	return nil
}

// canListInstead tells a printer that knows no Cancel-My-Jobs, or that answers so when there is nothing to cancel.
func canListInstead(s goipp.Status) bool {
	return s == goipp.StatusErrorOperationNotSupported || s == goipp.StatusErrorBadRequest ||
		s == goipp.StatusErrorNotFound || s == goipp.StatusErrorNotPossible
}

// cancelEach cancels one job after the other: those of a name, or all when it is empty.
func (c *Client) cancelEach(ctx context.Context, to target, name string) error {
	m := c.request(goipp.OpGetJobs, to.ipp)
	m.Operation.Add(attribute("which-jobs", goipp.TagKeyword, goipp.String("not-completed")))
	m.Operation.Add(attribute("my-jobs", goipp.TagBoolean, goipp.Boolean(true)))
	m.Operation.Add(attribute("requested-attributes", goipp.TagKeyword, goipp.String("job-id"), goipp.String("job-name")))
	answer, err := c.ask(ctx, to, m, nil)
	if err != nil {
		return err
	}
	for _, group := range answer.Groups {
		id, ok := integer(group.Attrs, "job-id")
		if group.Tag != goipp.TagJobGroup || !ok || (name != "" && text(group.Attrs, "job-name") != name) {
			continue
		}
		if err := c.cancelJob(ctx, to, id); err != nil {
			return err
		}
	}
	return nil
}

// cancelJob cancels one job; that it is over already is as good.
func (c *Client) cancelJob(ctx context.Context, to target, id int) error {
	m := c.request(goipp.OpCancelJob, to.ipp)
	m.Operation.Add(attribute("job-id", goipp.TagInteger, goipp.Integer(id)))
	_, err := c.ask(ctx, to, m, nil)
	status, ok := errors.AsType[ippStatus](err)
	if ok && (goipp.Status(status) == goipp.StatusErrorNotPossible || goipp.Status(status) == goipp.StatusErrorNotFound) {
		return nil
	}
	return err
}
