package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"bottega/desk"
	"bottega/sync/hub/store"
	"bottega/sync/wire"
)

// bodyTime is how long a body may take to arrive over a slow line.
const bodyTime = time.Minute

// OpenAPI returns the contract as the code has it, in YAML. The copy in sync/wire is checked against it.
func OpenAPI() ([]byte, error) {
	api, err := (&Hub{}).register(http.NewServeMux())
	if err != nil {
		return nil, err
	}
	return api.OpenAPI().YAML()
}

// handler puts together everything that the hub answers.
func (h *Hub) handler() (http.Handler, error) {
	mux := http.NewServeMux()
	if _, err := h.register(mux); err != nil {
		return nil, err
	}
	var err error
	if h.sorryPage, err = template.New("sorry").Parse(sorryHTML); err != nil {
		return nil, fmt.Errorf("reading the page: %w", err)
	}
	page, err := h.verifyPage()
	if err != nil {
		return nil, err
	}
	mux.Handle(wire.PathVerify, h.forStrangers(page))
	importing, err := h.importPage()
	if err != nil {
		return nil, err
	}
	mux.Handle(pathImport, h.forStrangers(importing))
	mux.Handle("GET /{$}", http.RedirectHandler(wire.PathVerify, http.StatusSeeOther))
	h.turns = newTurns(h.params.Limits)
	guarded := h.guard(mux)
	// Whoever watches is answered also when the hub is full.
	outer := http.NewServeMux()
	h.watch(outer)
	outer.Handle("/", guarded)
	return outer, nil
}

// apiConfig is what the document says of the whole.
func apiConfig() huma.Config {
	config := huma.DefaultConfig("Bottega hub", strconv.Itoa(wire.Version))
	config.Info.Description = "What a desk and its hub say to each other. Unknown fields are ignored and kept. Errors are problems " +
		"(RFC 9457) whose type says what the desk does next."
	config.Info.License = &huma.License{Name: "EUPL-1.2", Identifier: "EUPL-1.2"}
	config.AllowAdditionalPropertiesByDefault = true
	// The document is for developers, who have it in the repository; links to it have no place in answers to desks.
	config.OpenAPIPath, config.DocsPath, config.SchemasPath, config.CreateHooks = "", "", "", nil
	config.Transformers = []huma.Transformer{asProblem}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"desk": {Type: "mutualTLS", Description: "The certificate that the desk got at enrolment."},
		"card": {Type: "mutualTLS", Description: "The authentication certificate of a citizen's card."},
	}
	return config
}

// register puts the doors for desks on a mux.
func (h *Hub) register(mux *http.ServeMux) (huma.API, error) {
	api := humago.New(mux, apiConfig())
	problem := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[wire.Problem](), true, "Problem")
	h.registerJournal(api, problem)
	h.registerEnrolment(api, problem)
	h.registerAsking(api, problem)
	h.registerPack(api, problem)
	schemas := api.OpenAPI().Components.Schemas.Map()
	for _, k := range wire.ProblemKinds() {
		schemas["Problem"].Properties["type"].Examples = append(schemas["Problem"].Properties["type"].Examples, k.Type)
	}
	// The framework's own form of an error never leaves the hub: asProblem sees to that.
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	return api, nil
}

// registerJournal puts the doors on the API by which entries come and replies go.
func (h *Hub) registerJournal(api huma.API, problem *huma.Schema) {
	huma.Register(api, h.desksOnly(huma.Operation{
		OperationID: "push-journal", Method: http.MethodPost, Path: wire.PathJournal, MaxBodyBytes: wire.MaxBatch, SkipValidateBody: true,
		Summary: "Send entries",
		Description: "Sends consecutive entries of one epoch and tells how many the hub has on its disk. Sending again what was sent is " +
			"harmless. An empty batch asks how far the hub has come.",
		Responses: problems(problem, wire.ProblemFork, wire.ProblemGap, wire.ProblemUpgrade, wire.ProblemTooLarge),
	}), h.push)
	// The body is read raw, to keep what it says to the byte; the document shows what it must be.
	api.OpenAPI().Paths[wire.PathJournal].Post.RequestBody.Content[wire.MediaJSON] = &huma.MediaType{
		Schema: api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[wire.Batch](), true, "Batch"),
	}

	huma.Register(api, h.desksOnly(huma.Operation{
		OperationID: "get-replies", Method: http.MethodGet, Path: wire.PathReplies,
		Summary:     "Fetch what the hub answers",
		Description: fmt.Sprintf("At most %d replies with numbers above `after`, in order.", wire.MaxReplies),
		Responses:   problems(problem),
	}), h.replies)
}

// registerEnrolment puts the doors on the API by which a desk comes to its certificates.
func (h *Hub) registerEnrolment(api huma.API, problem *huma.Schema) {
	huma.Register(api, huma.Operation{
		OperationID: "enrol", Method: http.MethodPost, Path: wire.PathEnrol, MaxBodyBytes: smallBody, BodyReadTimeout: h.params.BodyTime,
		Summary: "Turn a one-time code into a desk",
		Description: "The code is spent for the key in the request: asking again with the same key, while the code lasts, gives a " +
			"certificate again. A desk that shows the certificate that it had last, ended or not, keeps its identity.",
		Middlewares: huma.Middlewares{h.guesser, withCaller},
		Responses:   problems(problem, wire.ProblemEnrolCode, wire.ProblemFixRecord, wire.ProblemTooLarge, wire.ProblemSlowDown, wire.ProblemRetryLater),
	}, h.enrol)

	huma.Register(api, h.desksOnly(huma.Operation{
		OperationID: "renew", Method: http.MethodPost, Path: wire.PathRenew, MaxBodyBytes: smallBody,
		Summary: "Get a new certificate before the old one ends",
		Description: "For a new key of the desk that shows its present certificate. Both are good until the new one is first shown; asking " +
			"again with the same key gives a certificate again.",
		Responses: problems(problem, wire.ProblemTooLarge),
	}), h.renew)
}

// registerAsking puts the doors on the API that tell about the hub, and about a card.
func (h *Hub) registerAsking(api huma.API, problem *huma.Schema) {
	huma.Register(api, h.desksOnly(huma.Operation{
		OperationID: "get-hub", Method: http.MethodGet, Path: wire.PathHub,
		Summary:     "Learn about the hub",
		Description: "The versions that it speaks, its keys, its clock, and how long the desk's certificate is good.",
		Responses:   problems(problem),
	}), h.info)

	huma.Register(api, huma.Operation{
		OperationID: "test-door", Method: http.MethodGet, Path: wire.PathDoor,
		Summary: "Tell whose certificate was shown",
		Description: "The handshake is made with the certificate and the key of a citizen's card, as with a portal. The answer says whose " +
			"certificate it is and whether a portal that trusts the same authorities would have let the holder in. Nothing of it is kept.",
		Security:    []map[string][]string{{"card": {}}},
		Middlewares: huma.Middlewares{h.stranger, withTLS},
		Responses:   onlyProblems(problem, wire.ProblemShowCard, wire.ProblemSlowDown, wire.ProblemRetryLater),
	}, h.testDoor)
}

// desksOnly makes an operation one for enrolled desks.
func (h *Hub) desksOnly(op huma.Operation) huma.Operation {
	op.Security = []map[string][]string{{"desk": {}}}
	op.Middlewares = huma.Middlewares{h.identify}
	op.BodyReadTimeout = h.params.BodyTime
	return op
}

// problems returns responses for the types of problem, and for those that every desk may meet.
func problems(schema *huma.Schema, types ...string) map[string]*huma.Response {
	return onlyProblems(schema, append(types, wire.ProblemReEnrol, wire.ProblemRetryLater, wire.ProblemSlowDown, wire.ProblemFixRecord)...)
}

// onlyProblems returns responses for the types of problem.
func onlyProblems(schema *huma.Schema, types ...string) map[string]*huma.Response {
	byStatus := map[string]*huma.Response{}
	for _, k := range wire.ProblemKinds() {
		if !slices.Contains(types, k.Type) {
			continue
		}
		status := strconv.Itoa(k.Status)
		if r := byStatus[status]; r != nil {
			r.Description += "; `" + k.Type + "`: " + k.Title
			continue
		}
		byStatus[status] = &huma.Response{
			Description: "`" + k.Type + "`: " + k.Title,
			Content:     map[string]*huma.MediaType{wire.MediaProblem: {Schema: schema}},
		}
	}
	return byStatus
}

// asProblem turns the refusals of the framework into problems of ours. What was sent is not repeated in them.
func asProblem(_ huma.Context, _ string, v any) (any, error) {
	model, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	kind := wire.ProblemFixRecord
	switch {
	case model.Status == http.StatusRequestTimeout:
		return slowLine(), nil
	case model.Status == http.StatusRequestEntityTooLarge:
		kind = wire.ProblemTooLarge
	case model.Status >= 500:
		kind = wire.ProblemRetryLater
	}
	p := wire.NewProblem(kind, "%s", model.Detail)
	p.Status = model.Status
	if len(model.Errors) > 0 && model.Status < 500 {
		p.Detail += ": " + model.Errors[0].Location + ": " + model.Errors[0].Message
	}
	return p, nil
}

type pushInput struct {
	ContentEncoding string `header:"Content-Encoding" enum:"zstd,identity" doc:"How the body is compressed."`
	RawBody         []byte `contentType:"application/json"`
}

type pushOutput struct{ Body wire.Ack }

func (h *Hub) push(ctx context.Context, in *pushInput) (*pushOutput, error) {
	done, err := h.turn(ctx, wire.PathJournal)
	if err != nil {
		return nil, err
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, workTime)
	defer cancel()
	batch, raw, err := wire.DecodeBatch(in.RawBody, in.ContentEncoding)
	if batch.Version > wire.Version {
		return nil, wire.NewProblem(wire.ProblemUpgrade, "the desk speaks version %d, this hub up to %d", batch.Version, wire.Version)
	}
	if errors.Is(err, wire.ErrTooLarge) {
		return nil, wire.NewProblem(wire.ProblemTooLarge, "at most %d entries and %d bytes", wire.MaxBatchEntries, wire.MaxBatch)
	}
	if err != nil {
		return nil, wire.NewProblem(wire.ProblemFixRecord, "%v", err)
	}
	if batch.Version < 1 {
		return nil, wire.NewProblem(wire.ProblemUpgrade, "the desk does not say which version it speaks")
	}
	if problem := checkChain(batch); problem != nil {
		return nil, problem
	}
	now := h.params.Clock()
	if wait := h.bytes.take(callerOf(ctx).ID, float64(len(in.RawBody)), now); wait > 0 {
		return nil, slowDown(wait, "more bytes than one desk may send")
	}
	ack, err := h.take(ctx, callerOf(ctx).ID, batch, raw, answerInPush)
	if err != nil {
		return nil, h.refusal(ctx, err)
	}
	return &pushOutput{Body: ack}, nil
}

// take keeps a batch of a desk, whichever way it came, and answers what can be answered within a time.
func (h *Hub) take(ctx context.Context, deskID string, batch wire.Batch, raw []json.RawMessage, patience time.Duration) (wire.Ack, error) {
	p := store.Push{
		Desk: deskID, Program: readable(batch.Program), Epoch: batch.Epoch, Entries: batch.Entries, Raw: raw,
		Knows: desk.Knows(), Received: h.params.Clock(),
	}
	var skew time.Duration
	if !batch.SentAt.IsZero() {
		skew = clampSkew(batch.SentAt.Sub(p.Received))
		p.Skew = &skew
	}
	open := false
	for _, e := range batch.Entries {
		state := triage(e)
		p.States = append(p.States, state)
		open = open || state == store.StateNew
	}
	durable, err := h.keep(ctx, p)
	if err != nil {
		return wire.Ack{}, err
	}
	if open {
		// Answered before the desk asks for replies. Whatever goes wrong here is tried again and does not touch what was kept, which is
		// acknowledged also when judging it takes long.
		begin := time.Now()
		answering, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		h.answer(answering, deskID)
		cancel()
		add(&spentOf(ctx).answer, begin)
	}
	return wire.Ack{Epoch: batch.Epoch.ID, Durable: durable, SkewMS: skew.Milliseconds()}, nil
}

// keep puts a push on the disk.
func (h *Hub) keep(ctx context.Context, p store.Push) (durable uint64, err error) {
	defer add(&spentOf(ctx).keep, time.Now())
	durable, err = h.store.Append(ctx, p)
	if n := len(p.Entries); err == nil && n > 0 {
		h.metrics.entries.Add(float64(n))
		h.params.Log.Info("entries received", "desk", p.Desk, "entries", n, "durable", durable)
	}
	return durable, err
}

// clampSkew keeps what a desk says of its clock within what can be written down: a year that makes no sense is an age away, and that
// is all there is to know.
func clampSkew(d time.Duration) time.Duration {
	const age = 100 * 365 * 24 * time.Hour
	return max(-age, min(d, age))
}

// maxReadable is how much of such a text is kept, in bytes.
const maxReadable = 200

// readable returns a text that a stranger sent as it may stand in a list: without what moves a cursor, turns the writing round
// or ends a text, and not without end.
func readable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf) || r == utf8.RuneError {
			return -1
		}
		return r
	}, text[:min(len(text), maxReadable)])
}

// checkChain holds the entries of a batch, which DecodeBatch has checked one by one, against each other. The error is nil or a problem.
func checkChain(b wire.Batch) *wire.Problem {
	if len(b.Entries) == 0 {
		return nil
	}
	if _, err := wire.FollowChain(b.Entries[0].Seq, b.Entries[0].Prev, b.Entries); err != nil {
		return wire.NewProblem(wire.ProblemFixRecord, "%v", err)
	}
	return nil
}

// problemOf returns the problem of a desk that an error of the store is, or nil when it is the store's own.
func problemOf(err error) *wire.Problem {
	var fork *store.ForkError
	var gap *store.GapError
	switch {
	case errors.As(err, &fork):
		p := wire.NewProblem(wire.ProblemFork, "%v", fork)
		p.Want = fork.At
		return p
	case errors.As(err, &gap):
		p := wire.NewProblem(wire.ProblemGap, "%v", gap)
		p.Want = gap.Want
		return p
	case errors.Is(err, store.ErrNotFound):
		return wire.NewProblem(wire.ProblemReEnrol, "the desk is not known any more")
	}
	return nil
}

// refusal turns an error of the store into a problem.
func (h *Hub) refusal(ctx context.Context, err error) error {
	if p := problemOf(err); p != nil {
		if p.Type == wire.ProblemFork {
			h.params.Log.Warn("a desk forked", "desk", callerOf(ctx).ID, "sequence", p.Want)
		}
		return p
	}
	h.failed("the store failed", err)
	return retryLater("the hub's store failed")
}

type repliesInput struct {
	After uint64 `query:"after" doc:"Number of the last reply that the desk has; 0 for none."`
}

type repliesOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         wire.Replies
}

func (h *Hub) replies(ctx context.Context, in *repliesInput) (*repliesOutput, error) {
	page, err := h.repliesAfter(ctx, callerOf(ctx).ID, in.After)
	if err != nil {
		return nil, h.refusal(ctx, err)
	}
	return &repliesOutput{CacheControl: "no-store", Body: page}, nil
}

// repliesAfter returns the replies to a desk with numbers above after, as many as go into one answer.
func (h *Hub) repliesAfter(ctx context.Context, deskID string, after uint64) (wire.Replies, error) {
	// Asked each time, because another process may have begun another count; and first, so that no page is taken for one of a count that
	// began after it was read.
	series, err := h.store.Series(ctx, false)
	if err != nil {
		return wire.Replies{}, err
	}
	// A number beyond what the store can count is beyond every reply.
	replies, last, err := h.store.Replies(ctx, deskID, min(after, 1<<62), wire.MaxReplies)
	if replies == nil {
		replies = []desk.Reply{}
	}
	return wire.Replies{Replies: replies, Last: last, Series: series}, err
}
