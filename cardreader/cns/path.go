package cns

import (
	"encoding/hex"
	"strings"

	"bottega/desk/bilingual"
)

// Path is a way to a file, two bytes for each step. In content files it is written "1100/1102".
type Path []uint16

// maxSteps bounds a path; the deepest that is known has three.
const maxSteps = 8

// String returns the path as it is written in content files.
func (p Path) String() string {
	steps := make([]string, len(p))
	for i, fid := range p {
		steps[i] = strings.ToUpper(hex.EncodeToString([]byte{byte(fid >> 8), byte(fid)}))
	}
	return strings.Join(steps, "/")
}

// UnmarshalText reads a path as it is written in content files.
func (p *Path) UnmarshalText(text []byte) error {
	steps := strings.Split(string(text), "/")
	path := make(Path, len(steps))
	for i, step := range steps {
		fid, err := hex.DecodeString(step)
		if err != nil || len(fid) != 2 || len(steps) > maxSteps {
			return &bilingual.Error{Text: bilingual.Text{
				It: `Questo percorso non va: si scrive "1100/1102", quattro cifre esadecimali per passo`,
				En: `This path will not do: it is written "1100/1102", four hexadecimal digits a step`,
			}}
		}
		path[i] = uint16(fid[0])<<8 | uint16(fid[1])
	}
	*p = path
	return nil
}

// bytes returns the path as SELECT takes it.
func (p Path) bytes() []byte {
	b := make([]byte, 0, 2*len(p))
	for _, fid := range p {
		b = append(b, byte(fid>>8), byte(fid))
	}
	return b
}
