package revocation

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"bottega/desk"
)

// Why a list does not count.
var (
	errScope = errors.New("a list of other certificates")
	errNext  = errors.New("a list that does not say until when it is good")
)

// errSpared says that a list was not fetched.
var errSpared = &missError{reason: desk.ReasonSpared, err: errors.New("the connection is being spared")}

// askList looks a certificate up in the list of an address: the one kept, while it is good, else a new one.
func (c *Checker) askList(ctx context.Context, address string, certificate, issuer *x509.Certificate) (statement, error) {
	now := c.now()
	file := c.fileOf(address, issuer)
	if kept, err := readFile(file); err == nil {
		if said, err := readList(kept, certificate, issuer, now); err == nil {
			return said, nil
		}
	}
	if c.Spare != nil && c.Spare() {
		return statement{}, errSpared
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return statement{}, silent(withoutURL(err))
	}
	answer, err := c.fetch(ctx, request, maxList)
	if err != nil {
		return statement{}, err
	}
	said, err := readList(answer, certificate, issuer, now)
	if err != nil {
		return statement{}, silent(err)
	}
	if err := writeFile(file, answer); err != nil {
		c.log().Warn("a list could not be kept", "error", err) // it is fetched again the next time
	}
	return said, nil
}

// readList reads a list, verifies that it is the issuer's, for now, and about certificates like this one, and looks this one up.
func readList(data []byte, certificate, issuer *x509.Certificate, now time.Time) (statement, error) {
	if block, _ := pem.Decode(data); block != nil && block.Type == "X509 CRL" {
		data = block.Bytes
	}
	head, entries, err := unfold(data)
	if err != nil {
		return statement{}, err
	}
	if issuer.KeyUsage != 0 && issuer.KeyUsage&x509.KeyUsageCRLSign == 0 {
		return statement{}, errSigner
	}
	if err := issuer.CheckSignature(head.SignatureAlgorithm, head.RawTBSRevocationList, head.Signature); err != nil {
		return statement{}, fmt.Errorf("the list is not the authority's: %w", err)
	}
	switch {
	case head.NextUpdate.IsZero():
		return statement{}, errNext
	case head.ThisUpdate.After(now.Add(clockTolerance)) || !now.Before(head.NextUpdate):
		return statement{}, errStale
	case !covers(head, certificate):
		return statement{}, errScope
	}
	revoked, err := lookUp(entries, certificate.SerialNumber)
	return statement{revoked: revoked, at: head.ThisUpdate.UTC(), until: head.NextUpdate}, err
}

// oidScope is the extension that says which certificates a list is about (RFC 5280, 5.2.5).
func oidScope() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 5, 29, 28} }

// scope is the extension's content.
type scope struct {
	Point          asn1.RawValue  `asn1:"optional,tag:0"`
	OnlyUsers      bool           `asn1:"optional,tag:1"`
	OnlyAuthority  bool           `asn1:"optional,tag:2"`
	OnlySome       asn1.BitString `asn1:"optional,tag:3"`
	Indirect       bool           `asn1:"optional,tag:4"`
	OnlyAttributes bool           `asn1:"optional,tag:5"`
}

// Of the names that a list can have: it is given in full, and it is an address.
const (
	tagFullName = 0
	tagURI      = 6
)

// covers reports whether a list speaks of a certificate. An authority with many cards cuts its list in parts, all under the same
// signature: the part that a certificate is not in must not pass for the one that it is. A list with another critical extension,
// as one of changes only, is not understood and does not count.
func covers(list *x509.RevocationList, certificate *x509.Certificate) bool {
	for _, extension := range list.Extensions {
		if !extension.Id.Equal(oidScope()) {
			if extension.Critical {
				return false
			}
			continue
		}
		var s scope
		if rest, err := asn1.Unmarshal(extension.Value, &s); err != nil || len(rest) > 0 {
			return false
		}
		if s.OnlyAuthority || s.OnlySome.BitLength > 0 || s.Indirect || s.OnlyAttributes || !namedIn(s.Point, certificate) {
			return false
		}
	}
	return true
}

// namedIn reports whether a certificate gives one of the addresses of a list as its own; a list without a name is everybody's.
func namedIn(point asn1.RawValue, certificate *x509.Certificate) bool {
	if len(point.FullBytes) == 0 {
		return true
	}
	var names asn1.RawValue
	if rest, err := asn1.Unmarshal(point.Bytes, &names); err != nil || len(rest) > 0 || names.Class != asn1.ClassContextSpecific || names.Tag != tagFullName {
		return false
	}
	for rest := names.Bytes; len(rest) > 0; {
		var name asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &name); err != nil {
			return false
		}
		if name.Class == asn1.ClassContextSpecific && name.Tag == tagURI && slices.Contains(certificate.CRLDistributionPoints, string(name.Bytes)) {
			return true
		}
	}
	return false
}

// fileOf returns where the list of an address is kept, "" when it is not.
func (c *Checker) fileOf(address string, issuer *x509.Certificate) string {
	if c.Folder == "" {
		return ""
	}
	sum := sha256.Sum256(slices.Concat(issuer.Raw, []byte(address)))
	return filepath.Join(c.Folder, hex.EncodeToString(sum[:16])+".crl")
}

// errNotKept says that lists are not kept.
var errNotKept = errors.New("lists are not kept")

// readFile reads a list that was kept. It is verified again: the folder is the user's, and anybody may have been there.
func readFile(name string) ([]byte, error) {
	if name == "" {
		return nil, errNotKept
	}
	about, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if about.Size() > maxList || !about.Mode().IsRegular() {
		return nil, errTooLong
	}
	return os.ReadFile(name)
}

// writeFile keeps a list: whole, or as it was before.
func writeFile(name string, data []byte) error {
	if name == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), "*.part")
	if err != nil {
		return err
	}
	_, err = bytes.NewReader(data).WriteTo(f)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
