package hub

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"bottega/sync/hub/store"
	"bottega/sync/wire"
)

// packKeyFile is the file of the state folder that holds the key that signs content packs.
const packKeyFile = "pack.pem"

// openPackKey opens the key that signs content packs, and makes it the first time. It is not the one that signs certificates: who
// publishes content has no business with those.
func openPackKey(dir string) (ed25519.PrivateKey, error) {
	blocks, err := openPEM(filepath.Join(dir, packKeyFile), newTokenKey)
	if err != nil {
		return nil, fmt.Errorf("opening the key of content packs: %w", err)
	}
	signer, err := parseKey(blocks[0])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", packKeyFile, err)
	}
	key, ok := signer.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s: not an Ed25519 key", packKeyFile)
	}
	return key, nil
}

// PackKeys returns the keys that verify the content packs of this hub.
func (h *Hub) PackKeys() []wire.TokenKey {
	return []wire.TokenKey{wire.NewTokenKey(ed25519.PublicKey(h.packKey[ed25519.SeedSize:]))}
}

// publishTries is how often a pack is signed again because another process published one meanwhile.
const publishTries = 5

// PublishPack signs the files of a folder as the next version of the content and keeps them for the desks. A dry run does all of it
// but the keeping. Whether the files make sense is for the caller to find out before: the hub knows no card layouts.
func (h *Hub) PublishPack(ctx context.Context, files fs.FS, dryRun bool) (*wire.Pack, error) {
	for range publishTries {
		newest, err := h.store.NewestPack(ctx)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		data, err := wire.SignPack(h.packKey, wire.PackFacts{
			Version: newest.Version + 1, MadeAt: h.params.Clock(), Needs: wire.ContentVersion, Practice: h.params.Practice,
		}, files)
		if err != nil {
			return nil, fmt.Errorf("making a content pack: %w", err)
		}
		pack, err := wire.OpenPack(data, h.PackKeys()) // what desks will do; nothing is published that they would refuse
		if err != nil || dryRun {
			return pack, err
		}
		err = h.store.AddPack(ctx, store.Pack{Version: pack.Version, Digest: pack.Digest, Made: pack.MadeAt, Size: len(data)}, data)
		if errors.Is(err, store.ErrPackVersion) {
			continue
		}
		if err != nil {
			return nil, err
		}
		h.params.Log.Info("content pack published", "version", pack.Version, "files", len(pack.Files), "bytes", len(data))
		return pack, nil
	}
	return nil, fmt.Errorf("publishing a content pack: %w", store.ErrPackVersion)
}

// Packs returns what was published, the newest first.
func (h *Hub) Packs(ctx context.Context) ([]store.Pack, error) { return h.store.Packs(ctx) }

// Pack returns a published pack as desks get it, the newest for version 0, or store.ErrNotFound.
func (h *Hub) Pack(ctx context.Context, version uint64) ([]byte, error) {
	if version == 0 {
		newest, err := h.store.NewestPack(ctx)
		if err != nil {
			return nil, err
		}
		version = newest.Version
	}
	return h.store.PackDocument(ctx, version)
}

type packInput struct {
	IfNoneMatch string `header:"If-None-Match" doc:"ETag of the pack that the desk has looked at last."`
}

type packOutput struct {
	Status       int
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	ETag         string `header:"ETag" doc:"SHA-256 of the pack, in quotes."`
	Body         []byte
}

// registerPack puts the door for content packs on the API.
func (h *Hub) registerPack(api huma.API, problem *huma.Schema) {
	responses := problems(problem, wire.ProblemNoPack)
	responses["200"] = &huma.Response{
		Description: "The pack that was published last",
		Content:     map[string]*huma.MediaType{wire.MediaPack: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}
	responses["304"] = &huma.Response{Description: "The desk has it already"}
	huma.Register(api, h.desksOnly(huma.Operation{
		OperationID: "get-pack", Method: http.MethodGet, Path: wire.PathPack,
		Summary: "Fetch the content",
		Description: "The content pack that was published last: services, rules, card layouts, authorities, texts. It is signed with one " +
			"of the hub's `pack_keys`; its form is described in sync/wire.",
		Responses: responses,
	}), h.pack)
}

func (h *Hub) pack(ctx context.Context, in *packInput) (*packOutput, error) {
	done, err := h.turn(ctx, wire.PathPack)
	if err != nil {
		return nil, err
	}
	defer done()
	newest, err := h.store.NewestPack(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil, wire.NewProblem(wire.ProblemNoPack, "no content was published yet")
	}
	if err != nil {
		return nil, h.refusal(ctx, err)
	}
	out := &packOutput{Status: http.StatusOK, ContentType: wire.MediaPack, CacheControl: "no-cache", ETag: `"` + newest.Digest + `"`}
	if matches(in.IfNoneMatch, out.ETag) {
		out.Status = http.StatusNotModified
		return out, nil
	}
	if out.Body, err = h.document(ctx, newest); err != nil {
		return nil, h.refusal(ctx, err)
	}
	return out, nil
}

// matches compares as RFC 9110, 13.1.2 says: a list, or a star, and weakly.
func matches(header, etag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == etag || one == "*" {
			return true
		}
	}
	return false
}

// writePack puts the newest pack into the answer to a parcel, for a desk that has no line to fetch it over.
func (h *Hub) writePack(ctx context.Context, w *wire.AnswerWriter) error {
	newest, err := h.store.NewestPack(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	document, err := h.document(ctx, newest)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(document, wire.MaxPackPart) {
		if err := w.Write(wire.AnswerPart{Pack: part}); err != nil {
			return fmt.Errorf("sealing the answer: %w", err)
		}
	}
	return nil
}

// served is the pack that is in memory, because all desks fetch the same one.
type served struct {
	digest   string
	document []byte
}

func (h *Hub) document(ctx context.Context, p store.Pack) ([]byte, error) {
	if s := h.served.Load(); s != nil && s.digest == p.Digest {
		return s.document, nil
	}
	data, err := h.store.PackDocument(ctx, p.Version)
	if err != nil {
		return nil, err
	}
	h.served.Store(&served{digest: p.Digest, document: data})
	return data, nil
}
