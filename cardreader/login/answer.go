package login

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"bottega/cardreader"
	"bottega/desk"
)

// errNotADoor says that whoever answered is no test door: mostly the page of a network that wants to be logged in to first.
var errNotADoor = errors.New("what answered is no test door")

// alerts are the words by which a TLS server turns a certificate away, as crypto/tls writes them (RFC 8446, 6), and the reasons
// that they stand for. Other alerts are no verdict on the certificate.
var alerts = map[string]string{
	"tls: bad certificate":               desk.ReasonRefused,
	"tls: unsupported certificate":       desk.ReasonUsage,
	"tls: revoked certificate":           desk.ReasonRevoked,
	"tls: expired certificate":           desk.ReasonCertificateExpired,
	"tls: unknown certificate":           desk.ReasonRefused,
	"tls: unknown certificate authority": desk.ReasonUntrusted,
	"tls: access denied":                 desk.ReasonRefused,
}

// refused turns a connection that broke into what it means: a portal that turned the certificate away answered by that.
func (d Door) refused(c *connection, err error) (desk.DoorAnswer, error) {
	shown, version, failure := c.met()
	if failure != nil {
		return desk.DoorAnswer{}, failure
	}
	var remote *net.OpError
	if shown != nil && errors.As(err, &remote) && remote.Op == "remote error" {
		if reason, isVerdict := alerts[remote.Err.Error()]; isVerdict {
			return desk.DoorAnswer{Reason: reason, Protocol: tls.VersionName(version), At: d.now(), Portal: &desk.PortalAnswer{Host: c.host}}, nil
		}
	}
	if errors.Is(err, context.Canceled) {
		return desk.DoorAnswer{}, err
	}
	return desk.DoorAnswer{}, fmt.Errorf("%w: %w", cardreader.DoorClosed, err)
}

// judge turns an answer into what it means.
func (d Door) judge(c *connection, response *http.Response, body []byte) (desk.DoorAnswer, error) {
	shown, version, _ := c.met()
	answer, err := parse(response, body)
	switch {
	case shown == nil:
		return desk.DoorAnswer{}, fmt.Errorf("%w: %w", cardreader.DoorClosed, ErrNotAsked)
	case response.StatusCode >= http.StatusInternalServerError || response.StatusCode == http.StatusTooManyRequests:
		return desk.DoorAnswer{}, fmt.Errorf("%w: status %d", cardreader.DoorClosed, response.StatusCode)
	case err == nil && sameSerial(answer.Serial, shown.SerialNumber.Text(16)):
		answer.Protocol = tls.VersionName(version)
		if answer.At.IsZero() {
			answer.At = d.now()
		}
		return answer, nil
	case err == nil:
		return desk.DoorAnswer{}, fmt.Errorf("%w: it saw another certificate than the one shown", cardreader.DoorClosed)
	case !d.Portals:
		return desk.DoorAnswer{}, fmt.Errorf("%w: %w", cardreader.DoorClosed, err)
	}
	answer = desk.DoorAnswer{
		Accepted: response.StatusCode < http.StatusBadRequest, Protocol: tls.VersionName(version), At: d.now(),
		Portal: &desk.PortalAnswer{Host: c.host, Status: response.StatusCode},
	}
	if !answer.Accepted {
		answer.Reason = desk.ReasonRefused
	}
	return answer, nil
}

// parse reads what a test door says.
func parse(response *http.Response, body []byte) (desk.DoorAnswer, error) {
	var answer desk.DoorAnswer
	media, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil || media != "application/json" || len(body) > maxBody {
		return desk.DoorAnswer{}, errNotADoor
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Serial == "" {
		return desk.DoorAnswer{}, errNotADoor
	}
	answer.Portal = nil
	switch {
	case answer.Accepted:
		answer.Reason = ""
	case !slices.Contains(desk.CardReasons(), answer.Reason):
		answer.Reason = desk.ReasonRefused // a newer hub may know reasons that this desk has no words for
	}
	return answer, nil
}

// sameSerial compares two serial numbers in hexadecimal, however they are written.
func sameSerial(a, b string) bool {
	plain := func(s string) string {
		return strings.TrimLeft(strings.ToLower(strings.ReplaceAll(s, ":", "")), "0")
	}
	return plain(a) == plain(b)
}

func (d Door) now() time.Time {
	if d.Now != nil {
		return d.Now()
	}
	return time.Now()
}
