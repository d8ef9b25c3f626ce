package desktest

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf16"
)

// Found says which needles stand in the files of dir, or in their names, in any of the forms text takes on a disk.
func Found(dir string, needles []string) ([]string, error) {
	var hits []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		data = append(data, filepath.Base(path)...)
		lower := bytes.ToLower(data)
		for _, n := range needles {
			for form, b := range forms(n) {
				if bytes.Contains(data, b) {
					hits = append(hits, filepath.Base(path)+": "+n+" as "+form)
				}
			}
			if bytes.Contains(lower, bytes.ToLower([]byte(n))) || bytes.Contains(lower, []byte(hex.EncodeToString([]byte(n)))) {
				hits = append(hits, filepath.Base(path)+": "+n)
			}
		}
		return nil
	})
	return hits, err
}

func forms(s string) map[string][]byte {
	m := map[string][]byte{"UTF-16LE": wide(s, binary.LittleEndian), "UTF-16BE": wide(s, binary.BigEndian)}
	for shift := range 3 {
		// Of base64 only the characters made of the needle's bytes alone: the edges depend on the neighbours.
		padded := append(make([]byte, shift), s...)
		for name, enc := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
			text := enc.EncodeToString(padded[:len(padded)/3*3])
			if shift > 0 {
				text = text[4:]
			}
			m[name+" "+string(rune('0'+shift))] = []byte(text)
		}
	}
	return m
}

func wide(s string, order binary.AppendByteOrder) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return b
}
