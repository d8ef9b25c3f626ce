package assets

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"embed"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"bottega/desk/bilingual"
	"bottega/desk/cardcert"
)

//go:embed cards/trust
var trustFiles embed.FS

// Limits of the folder of authorities. There are about thirty Regions and authorities, and their certificates are short.
const (
	maxAnchors     = 256
	maxAnchorBytes = 16 << 10
	minAnchorRSA   = 1024
)

// practiceMark is in the name of whatever belongs to the practice desk.
const practiceMark = "PROVA"

// Anchors returns the authorities that travel inside the program, in the order of their files. Those of the practice cards are
// marked; see cardcert.Judge for where they count.
func Anchors() ([]cardcert.Anchor, error) {
	files, err := fs.Sub(trustFiles, "cards/trust")
	if err != nil {
		return nil, fmt.Errorf("opening the embedded authorities: %w", err)
	}
	return LoadAnchors(files)
}

// AnchorsWith returns the authorities that travel inside the program, and after them those of a folder that is read as LoadAnchors
// reads one and held against them: none of theirs can be turned from a practice one into a real one. An authority that travels
// inside the program already is not an error, since a later program may bring along what a folder had first.
func AnchorsWith(files fs.FS) ([]cardcert.Anchor, error) {
	own, err := Anchors()
	if err != nil {
		return nil, err
	}
	return loadAnchors(own, files)
}

// LoadAnchors reads a folder of authorities: *.pem are real ones, practice/*.pem are practice ones, README.md explains, and
// nothing else may be there, so that nobody believes a file in use that is not. One problem anywhere and none is returned: the
// error is then a *ContentError that lists them all.
func LoadAnchors(files fs.FS) ([]cardcert.Anchor, error) {
	return loadAnchors(nil, files)
}

func loadAnchors(own []cardcert.Anchor, files fs.FS) ([]cardcert.Anchor, error) {
	l := anchorLoader{own: len(own), found: own, known: map[*x509.Certificate]bool{}}
	if err := fs.WalkDir(files, ".", l.visit(files)); err != nil {
		return nil, fmt.Errorf("reading the authorities: %w", err)
	}
	for i := l.own; i < len(l.found); i++ {
		l.hold(i)
	}
	if len(l.problems) > 0 {
		return nil, &ContentError{Problems: l.problems}
	}
	return slices.DeleteFunc(l.found, func(a cardcert.Anchor) bool { return l.known[a.Certificate] }), nil
}

type anchorLoader struct {
	// own is how many at the head of found were there before the folder was read.
	own      int
	found    []cardcert.Anchor
	problems []Problem
	// known are those of the folder that were there before.
	known map[*x509.Certificate]bool
}

func (l *anchorLoader) report(file string, t bilingual.Text) {
	l.problems = append(l.problems, Problem{File: file, Line: 1, Column: 1, Text: t})
}

// practiceFolder is the folder whose authorities are practice ones.
const practiceFolder = "practice"

func (l *anchorLoader) visit(files fs.FS) fs.WalkDirFunc {
	return func(name string, entry fs.DirEntry, err error) error {
		folder := path.Dir(name)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == "." || name == practiceFolder), name == "README.md":
			return nil
		case entry.IsDir() || path.Ext(name) != ".pem" || folder != "." && folder != practiceFolder:
			l.report(name, bilingual.Text{
				It: "Qui stanno solo file .pem, e quelli di prova nella cartella practice: converti con openssl x509 -inform der, o togli",
				En: "Only .pem files belong here, and practice ones in the folder practice: convert with openssl x509 -inform der, or remove",
			})
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case len(l.found) >= maxAnchors:
			return fmt.Errorf("more than %d files", maxAnchors)
		}
		data, err := readAtMost(files, name, maxAnchorBytes)
		if err != nil {
			return err
		}
		c, wrong := readAnchor(data, folder == practiceFolder)
		if wrong.It != "" {
			l.report(name, wrong)
			return nil
		}
		l.found = append(l.found, cardcert.Anchor{Certificate: c, File: name, Practice: folder == practiceFolder})
		return nil
	}
}

// readAtMost reads a file, and one byte more than the limit of a file that is longer.
func readAtMost(files fs.FS, name string, limit int) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read from
	var b bytes.Buffer
	_, err = b.ReadFrom(io.LimitReader(f, int64(limit)+1))
	return b.Bytes(), err
}

// readAnchor returns the authority in a file, or what is wrong with it.
func readAnchor(data []byte, practice bool) (*x509.Certificate, bilingual.Text) {
	if len(data) > maxAnchorBytes {
		return nil, bilingual.Text{It: "Il file è troppo lungo per un certificato", En: "The file is too long for one certificate"}
	}
	block, rest := pem.Decode(data)
	if block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 {
		return nil, bilingual.Text{
			It: "Qui va un certificato in PEM, uno solo per file e niente dopo", En: "One certificate in PEM goes here, one a file and nothing after it",
		}
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, bilingual.Text{It: "Il certificato è rovinato: scaricalo di nuovo", En: "The certificate is damaged: get it again"}
	}
	switch {
	case !c.BasicConstraintsValid || !c.IsCA || c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0:
		return nil, bilingual.Text{
			It: "Non è il certificato di un'autorità: non può emettere carte", En: "This is not an authority's certificate: it cannot issue cards",
		}
	case weak(c):
		return nil, bilingual.Text{It: "La chiave dell'autorità è troppo corta", En: "The authority's key is too short"}
	case practice != strings.Contains(c.Subject.String(), practiceMark):
		return nil, bilingual.Text{
			It: "Le autorità di PROVA stanno nella cartella practice, e solo quelle", En: "PROVA authorities belong in the folder practice, and only those",
		}
	case bytes.Equal(c.RawSubject, c.RawIssuer) && broken(c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)):
		return nil, bilingual.Text{It: "La firma del certificato non torna: scaricalo di nuovo", En: "The certificate's signature does not match: get it again"}
	}
	return c, bilingual.Text{}
}

func weak(c *x509.Certificate) bool {
	key, ok := c.PublicKey.(*rsa.PublicKey)
	return ok && key.N.BitLen() < minAnchorRSA
}

// broken reports a signature that was checked and is wrong. One of a kind that is no longer checked says nothing, and an authority
// is trusted for its fingerprint, which somebody compared.
func broken(err error) bool {
	return err != nil && !errors.As(err, new(x509.InsecureAlgorithmError)) && !errors.Is(err, x509.ErrUnsupportedAlgorithm)
}

// hold holds an authority against the others.
func (l *anchorLoader) hold(i int) {
	a := l.found[i]
	for k, other := range l.found {
		switch {
		case k < l.own && a.Practice == other.Practice && a.Certificate.Equal(other.Certificate):
			l.known[a.Certificate] = true
		case k < i && bytes.Equal(a.Certificate.RawSubjectPublicKeyInfo, other.Certificate.RawSubjectPublicKeyInfo) &&
			(a.Practice != other.Practice || a.Certificate.Equal(other.Certificate)):
			l.report(a.File, bilingual.Text{
				It: "È già nel file " + other.File, En: "It is already in the file " + other.File,
			})
		case k != i && claimsKey(a.Certificate, other.Certificate) &&
			broken(other.Certificate.CheckSignature(a.Certificate.SignatureAlgorithm, a.Certificate.RawTBSCertificate, a.Certificate.Signature)):
			l.report(a.File, bilingual.Text{
				It: "Dice di essere sotto l'autorità del file " + other.File + ", e la firma non è la sua",
				En: "It says that it stands below the authority in the file " + other.File + ", which did not sign it",
			})
		}
	}
}

// claimsKey reports whether a certificate names another's key as its issuer's.
func claimsKey(c, issuer *x509.Certificate) bool {
	return len(c.AuthorityKeyId) > 0 && slices.Equal(c.AuthorityKeyId, issuer.SubjectKeyId)
}
