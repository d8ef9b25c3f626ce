package cns

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"io"
)

// digestNames are the hashes that TLS 1.2 and 1.3 sign.
var digestNames = map[crypto.Hash]asn1.ObjectIdentifier{
	crypto.SHA256: {2, 16, 840, 1, 101, 3, 4, 2, 1},
	crypto.SHA384: {2, 16, 840, 1, 101, 3, 4, 2, 2},
	crypto.SHA512: {2, 16, 840, 1, 101, 3, 4, 2, 3},
}

// padPKCS1 returns the block of a PKCS #1 v1.5 signature (RFC 8017, 9.2): 00 01 FF .. FF 00 and the DigestInfo.
func padPKCS1(digest []byte, hash crypto.Hash, size int) ([]byte, error) {
	name, known := digestNames[hash]
	if !known || len(digest) != hash.Size() {
		return nil, fmt.Errorf("%w: %v over %d bytes", errOptions, hash, len(digest))
	}
	info, err := asn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}{pkix.AlgorithmIdentifier{Algorithm: name, Parameters: asn1.NullRawValue}, digest})
	if err != nil {
		return nil, fmt.Errorf("naming the hash: %w", err)
	}
	const shortest = 11 // eight bytes of FF and three around them
	if len(info)+shortest > size {
		return nil, fmt.Errorf("%w: a key of %d bytes is too short for %v", errOptions, size, hash)
	}
	block := make([]byte, size)
	block[1] = 0x01
	for i := 2; i < size-len(info)-1; i++ {
		block[i] = 0xFF
	}
	copy(block[size-len(info):], info)
	return block, nil
}

// padPSS returns the block of a PSS signature (RFC 8017, 9.1.1) for a modulus of that many bits, as long as the modulus.
func padPSS(random io.Reader, digest []byte, opts *rsa.PSSOptions, modulusBits int) ([]byte, error) {
	hash := opts.Hash
	if _, known := digestNames[hash]; !known || len(digest) != hash.Size() {
		return nil, fmt.Errorf("%w: %v over %d bytes", errOptions, hash, len(digest))
	}
	saltLength := opts.SaltLength
	if saltLength == rsa.PSSSaltLengthEqualsHash {
		saltLength = hash.Size()
	}
	bits := modulusBits - 1
	size := (bits + 7) / 8
	masked := size - hash.Size() - 1 // the part of the block before the hash and its last byte
	if saltLength < 0 || masked < saltLength+2 {
		return nil, fmt.Errorf("%w: a salt of %d bytes under a key of %d bits", errOptions, saltLength, modulusBits)
	}
	salt := make([]byte, saltLength)
	if _, err := io.ReadFull(random, salt); err != nil {
		return nil, fmt.Errorf("random bytes: %w", err)
	}
	h := hash.New()
	h.Write(make([]byte, 8))
	h.Write(digest)
	h.Write(salt)
	sealed := h.Sum(nil)

	whole := make([]byte, (modulusBits+7)/8)
	block := whole[len(whole)-size:] // a modulus of one bit more than whole bytes leaves a zero before
	block[masked-saltLength-1] = 0x01
	copy(block[masked-saltLength:], salt)
	maskMGF1(block[:masked], hash, sealed)
	block[0] &= 0xFF >> (8*size - bits)
	copy(block[masked:], sealed)
	block[size-1] = 0xBC
	return whole, nil
}

// maskMGF1 adds the mask that a seed generates (RFC 8017, B.2.1) to a block.
func maskMGF1(block []byte, hash crypto.Hash, seed []byte) {
	h := hash.New()
	for counter := uint32(0); len(block) > 0; counter++ {
		h.Reset()
		h.Write(seed)
		h.Write(binary.BigEndian.AppendUint32(nil, counter))
		for _, m := range h.Sum(nil) {
			if len(block) == 0 {
				return
			}
			block[0] ^= m
			block = block[1:]
		}
	}
}
