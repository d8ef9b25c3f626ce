package cns

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"

	"bottega/assets"
	"bottega/assets/cards"
	"bottega/desk"
	"bottega/desk/bilingual"
)

// Limits of layouts as content. They bound what an unknown card is asked, and how long.
const (
	maxLayouts    = 64
	maxLayoutFile = 64 << 10 // bytes
	maxPatterns   = 64
	maxPrefix     = 16
)

// Embedded returns the layouts that travel inside the programs, read afresh: they are the caller's own.
func Embedded() ([]Layout, error) { return Layouts(cards.Files) }

// embedded are the same for whoever was handed none, read once and never changed.
var embedded = sync.OnceValues(Embedded)

// Layouts reads every *.yaml of a folder as a layout, in the order in which they are tried. One problem anywhere and none is
// returned; what a file says wrong is then a *assets.ContentError, with all problems of all files.
func Layouts(files fs.FS) ([]Layout, error) {
	names, err := fs.Glob(files, "*.yaml")
	switch {
	case err != nil:
		return nil, fmt.Errorf("listing card layouts: %w", err)
	case len(names) == 0:
		return nil, errors.New("there is no card layout in the folder")
	case len(names) > maxLayouts:
		return nil, fmt.Errorf("there are %d card layouts, more than %d", len(names), maxLayouts)
	}
	var layouts []Layout
	var wrong assets.ContentError
	owners := map[string]string{}
	for _, name := range names {
		l, err := readLayout(files, name)
		var content *assets.ContentError
		switch {
		case errors.As(err, &content):
			wrong.Problems = append(wrong.Problems, content.Problems...)
			continue
		case err != nil:
			return nil, err
		}
		if owner, taken := owners[l.Name]; taken {
			wrong.Problems = append(wrong.Problems, assets.Problem{File: name, Line: 1, Column: 1, Text: bilingual.Text{
				It: fmt.Sprintf("Il nome %q è già del file %s: scegline un altro", l.Name, owner),
				En: fmt.Sprintf("The name %q already belongs to the file %s: choose another", l.Name, owner),
			}})
		}
		owners[l.Name] = name
		layouts = append(layouts, l)
	}
	if len(wrong.Problems) > 0 {
		return nil, &wrong
	}
	slices.SortFunc(layouts, func(a, b Layout) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), strings.Compare(a.Name, b.Name))
	})
	return layouts, nil
}

// readLayout reads one file, and no more of it than a layout can have.
func readLayout(files fs.FS, name string) (Layout, error) {
	f, err := files.Open(name)
	if err != nil {
		return Layout{}, fmt.Errorf("opening the card layout %s: %w", name, err)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxLayoutFile+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return Layout{}, fmt.Errorf("reading the card layout %s: %w", name, err)
	}
	if len(data) > maxLayoutFile {
		return Layout{}, fmt.Errorf("the card layout %s is longer than %d bytes", name, maxLayoutFile)
	}
	return ParseLayout(name, data)
}

// ParseLayout reads one layout file; name is only for the errors, which are *assets.ContentError.
func ParseLayout(name string, data []byte) (Layout, error) {
	var l Layout
	if err := assets.ReadYAML(name, data, &l); err != nil {
		return Layout{}, err
	}
	return l, nil
}

var (
	layoutName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	atrPattern = regexp.MustCompile(`^3[BbFf][0-9A-Fa-f?]*\*?$`)
)

// Lint implements assets.Linter: it says what of a layout cannot be right.
func (l *Layout) Lint(report func(at string, text bilingual.Text)) {
	wrong := func(ok bool, at, it, en string) {
		if !ok {
			report(at, bilingual.Text{It: it, En: en})
		}
	}
	wrong(layoutName.MatchString(l.Name) && len(l.Name) <= 40, "$.name",
		"Il nome ha lettere minuscole, cifre e trattini, come idemia-2021", "The name has small letters, digits and hyphens, like idemia-2021")
	wrong(slices.Contains(desk.CardKinds(), l.Kind), "$.kind",
		"Questo genere di carta non esiste: si può scrivere "+kinds(), "There is no such kind of card: what can be written here is "+kinds())
	wrong(len(l.First) <= maxPatterns, "$.first", "Qui ci stanno al massimo 64 righe", "At most 64 lines go here")
	for i, pattern := range l.First {
		wrong(atrPattern.MatchString(pattern) && len(pattern) <= 2*maxATR, fmt.Sprintf("$.first[%d]", i),
			"Una risposta al reset comincia con 3B o 3F; ? sta per una cifra qualsiasi, * alla fine per qualsiasi resto",
			"An answer to reset begins with 3B or 3F; ? is any digit, * at the end any rest")
	}
	id, err := hex.DecodeString(l.Application)
	wrong(err == nil && (len(id) == 0 || len(id) >= 5 && len(id) <= 16), "$.application",
		"Un'applicazione ha da 5 a 16 byte in esadecimale, senza spazi", "An application has 5 to 16 bytes in hexadecimal, without spaces")
	wrong(l.hasFiles() || l.Application != "", "$.name",
		"Serve almeno uno tra application, number e personal: altrimenti niente dice che la carta è di questo modello",
		"At least one of application, number and personal is needed: nothing else tells that a card is of this model")
	wrong(l.hasFiles() || len(l.Certificate) == 0 && l.Codes == nil && l.Key == nil, "$.name",
		"Una carta di cui non si legge niente non ha certificate, codes e key", "A card of which nothing is read has no certificate, codes and key")
	wrong(l.CertificatePrefix == 0 || l.CertificatePrefix >= 3 && l.CertificatePrefix <= maxPrefix, "$.certificate_prefix",
		"Prima del certificato stanno da 3 a 16 byte, oppure nessuno (0)", "Before the certificate stand 3 to 16 bytes, or none (0)")
	if l.Codes != nil {
		wrong(l.Codes.addUp(), "$.codes",
			"Le lunghezze dei codici non tornano: 4 <= min_pin <= max_pin <= stored <= 16 e 4 <= puk <= stored",
			"The lengths of the codes do not add up: 4 <= min_pin <= max_pin <= stored <= 16 and 4 <= puk <= stored")
		wrong(l.Codes.PIN != 0, "$.codes", "Manca il riferimento del PIN (pin)", "The reference of the PIN (pin) is missing")
	}
}

// addUp reports whether codes of these lengths can be given at all, and never as an empty command.
func (c *CodesLayout) addUp() bool {
	return c.Stored >= 4 && c.Stored <= 16 && c.MinPIN >= 4 && c.MinPIN <= c.MaxPIN && c.MaxPIN <= c.Stored && c.PUK >= 4 && c.PUK <= c.Stored
}

func kinds() string {
	var all []string
	for _, k := range desk.CardKinds() {
		all = append(all, string(k))
	}
	return strings.Join(all, ", ")
}
