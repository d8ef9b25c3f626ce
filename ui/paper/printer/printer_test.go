package printer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/OpenPrinting/goipp"
)

func wantCode(t *testing.T, err error, want Code) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Code != want {
		t.Fatalf("got %v, want code %q", err, want)
	}
	return e
}

func TestFaultsOfTheConnectionAreTold(t *testing.T) {
	page := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body)) // the client may have gone
		}
	}
	cases := []struct {
		name    string
		handler http.HandlerFunc
		want    Code
	}{
		{"a captive portal answers with its page", page(200, "text/html", "<html>Accetta le condizioni</html>"), NotAPrinter},
		{"a captive portal redirects to its page", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/login", http.StatusFound)
		}, NotAPrinter},
		{"the answer is no IPP", page(200, goipp.ContentType, "garbage"), NotAPrinter},
		{"the answer is cut short", page(200, goipp.ContentType, "\x02\x00\x00\x00\x00\x00\x00\x01\x01\x47\x00\x12attr"), NotAPrinter},
		{"the answer never ends", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", goipp.ContentType)
			chunk := bytes.Repeat([]byte{0x44}, 1<<16)
			for range 2 * maxAnswer / len(chunk) {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}, NotAPrinter},
		{"a password is wanted", page(401, "text/html", ""), NeedsPassword},
		{"printing is forbidden", page(403, "text/html", ""), NeedsPassword},
		{"only TLS is taken", page(426, "text/html", ""), EncryptedOnly},
		{"there is no such path", page(404, "text/html", ""), NotFound},
		{"the printer is overloaded", page(503, "text/html", ""), Busy},
		{"the printer broke down", page(500, "text/html", ""), Refused},
		{"the connection is reset", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = conn.(*net.TCPConn).SetLinger(0) // a reset, not an orderly end
				_ = conn.Close()
			}
		}, Unreachable},
		{"something else than HTTP answers", func(w http.ResponseWriter, r *http.Request) {
			// Heard to the end first: answering while the paper still arrives may break the sending before the answer is read.
			_, _ = io.Copy(io.Discard, r.Body)
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = conn.Write([]byte("220 printer FTP ready\r\n"))
				_ = conn.Close()
			}
		}, NotAPrinter},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			server := httptest.NewServer(tc.handler)
			t.Cleanup(server.Close)
			c := New(Config{Server: "127.0.0.1:1", Waits: quick()})
			err := c.Print(t.Context(), server.URL+"/ipp/print", "Promemoria", samplePDF)
			wantCode(t, err, tc.want)
		})
	}
}

func TestASilentPrinterIsSlowAndNotWaitedForEver(t *testing.T) {
	over := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-over }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(over) })
	waits := quick()
	waits.Ask = 30 * time.Millisecond
	err := New(Config{Server: "127.0.0.1:1", Waits: waits}).Print(t.Context(), server.URL+"/ipp/print", "x", samplePDF)
	wantCode(t, err, Slow)
}

func TestNobodyThereIsUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	wantCode(t, New(Config{Waits: quick()}).Print(t.Context(), "ipp://"+address+"/ipp/print", "x", samplePDF), Unreachable)
}

func TestAddressesThatIPPDoesNotHaveAreRefused(t *testing.T) {
	for _, address := range []string{"", "printer", "lpd://printer/queue", "usb://HP/LaserJet", "ipp://", "file:///etc/passwd", "://x"} {
		t.Run(address, func(t *testing.T) {
			wantCode(t, New(Config{}).Print(t.Context(), address, "x", samplePDF), BadAddress)
			wantCode(t, New(Config{}).Clear(t.Context(), address), BadAddress)
		})
	}
}

func TestAddressesBecomeWhatHTTPReaches(t *testing.T) {
	c := New(Config{Server: "/run/cups/cups.sock"})
	cases := []struct{ name, address, http, ipp, shown string }{
		{"ipp has port 631", "ipp://hp.local/ipp/print", "http://hp.local:631/ipp/print", "ipp://hp.local/ipp/print", "ipp://hp.local/ipp/print"},
		{"ipps is TLS", "ipps://hp.local/ipp/print", "https://hp.local:631/ipp/print", "ipps://hp.local/ipp/print", "ipps://hp.local/ipp/print"},
		{"a port stays", "ipp://hp.local:8631/x", "http://hp.local:8631/x", "ipp://hp.local:8631/x", "ipp://hp.local:8631/x"},
		{"http is IPP over HTTP", "http://hp.local:631/x", "http://hp.local:631/x", "ipp://hp.local:631/x", "http://hp.local:631/x"},
		{"IPv6 keeps its brackets", "ipp://[fe80::1]/x", "http://[fe80::1]:631/x", "ipp://[fe80::1]/x", "ipp://[fe80::1]/x"},
		{"a password is never kept", "ipp://rosa:segreta@hp.local/x", "http://hp.local:631/x", "ipp://hp.local/x", "ipp://hp.local/x"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			got, err := c.parse(tc.address)
			if err != nil {
				t.Fatal(err)
			}
			if got.http != tc.http || got.ipp != tc.ipp || got.shown != tc.shown || got.socket {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestAPrinterSaysWhatIsWrongWithIt(t *testing.T) {
	why := func(words ...string) goipp.Attribute {
		a := goipp.Attribute{Name: "printer-state-reasons"}
		for _, w := range words {
			a.Values.Add(goipp.TagKeyword, goipp.String(w))
		}
		return a
	}
	cases := []struct {
		name   string
		change goipp.Attribute
		want   Code
	}{
		{"nothing is wrong", why("none"), ""},
		{"a warning does not stop it", why("media-low-warning", "toner-low-report"), ""},
		{"an empty second tray is only a warning", why("media-empty-warning"), ""},
		{"a paper that waits for its tray is more", why("media-empty-warning", "media-needed-warning"), NoPaper},
		{"paper is missing", why("media-empty-error"), NoPaper},
		{"paper is needed, without severity", why("media-needed"), NoPaper},
		{"a jam comes after a warning", why("toner-low-warning", "media-jam-error"), Jam},
		{"a cover is open", why("cover-open"), Open},
		{"the toner is empty", why("toner-empty-error"), NoInk},
		{"it is off, as CUPS says it", why("offline-report"), Offline},
		{"it is paused", why("paused"), Paused},
		{"an error nobody has heard of", why("flux-capacitor-error"), Attention},
		{"it stands still without a word", attribute("printer-state", goipp.TagEnum, goipp.Integer(5)), Paused},
		{"its queue is closed", attribute("printer-is-accepting-jobs", goipp.TagBoolean, goipp.Boolean(false)), NotAccepting},
		{"it takes no PDF", attribute("document-format-supported", goipp.TagMimeType, goipp.String("image/urf"), goipp.String("application/octet-stream")), NoPDF},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			f := newFake(t, answers{
				goipp.OpGetPrinterAttributes: healthy(tc.change),
				goipp.OpPrintJob:             accepted(7),
				goipp.OpGetJobAttributes:     jobIn(jobCompleted),
			})
			c := New(Config{Server: "127.0.0.1:1", Printers: []string{f.ipp()}, Waits: quick()})
			list, err := c.List(t.Context())
			if err != nil || len(list) != 1 {
				t.Fatalf("List: %v, %v", list, err)
			}
			if list[0].Trouble != string(tc.want) || list[0].Ready != (tc.want == "") || list[0].Name != "lucca" {
				t.Errorf("got %+v, want trouble %q", list[0], tc.want)
			}
			err = c.Print(t.Context(), f.ipp(), "Promemoria", samplePDF)
			if tc.want == "" {
				if err != nil || !bytes.Equal(f.received, samplePDF) {
					t.Errorf("a printer in order got %d bytes, error %v", len(f.received), err)
				}
				return
			}
			wantCode(t, err, tc.want)
			if f.count(goipp.OpPrintJob) != 0 || len(f.received) != 0 {
				t.Error("a paper was sent to a printer that cannot print it now")
			}
		})
	}
}

func TestRefusalsOfAJobAreTold(t *testing.T) {
	cases := map[goipp.Status]Code{
		goipp.StatusErrorBusy:                       Busy,
		goipp.StatusErrorNotAcceptingJobs:           NotAccepting,
		goipp.StatusErrorDocumentFormatNotSupported: NoPDF,
		goipp.StatusErrorNotAuthorized:              NeedsPassword,
		goipp.StatusErrorNotFound:                   NotFound,
		goipp.StatusErrorTooManyJobs:                Full,
		goipp.StatusErrorInternal:                   Refused,
	}
	for status, want := range cases {
		t.Run(status.String(), func(t *testing.T) {
			f := newFake(t, answers{goipp.OpGetPrinterAttributes: healthy(), goipp.OpPrintJob: refuse(status)})
			wantCode(t, New(Config{Waits: quick()}).Print(t.Context(), f.ipp(), "x", samplePDF), want)
			if want == Busy && f.count(goipp.OpPrintJob) < 2 {
				t.Error("a busy printer was asked only once")
			}
		})
	}
}

func TestAnAcceptedJobIsWatched(t *testing.T) {
	empty := attribute("printer-state-reasons", goipp.TagKeyword, goipp.String("media-empty-error"))
	cases := []struct {
		name   string
		job    func(*goipp.Message) *goipp.Message
		want   Code
		queued bool
	}{
		{"it is done", jobIn(jobCompleted), "", false},
		{"it goes on printing", jobIn(5), "", false},
		{"it waits its turn", jobIn(3), "", false},
		{"the printer has forgotten it", refuse(goipp.StatusErrorNotFound), "", false},
		{"it was given up", jobIn(jobAborted, "aborted-by-system"), Failed, false},
		{"it could not be read", jobIn(jobAborted, "document-format-error"), NoPDF, false},
		{"somebody cancelled it", jobIn(jobCancelled, "job-canceled-at-device"), Cancelled, false},
		{"it is held", jobIn(jobHeld), Held, true},
		{"it stopped for want of paper", jobIn(jobStopped), NoPaper, true},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			asked := 0
			f := newFake(t, answers{
				goipp.OpGetPrinterAttributes: func(m *goipp.Message) *goipp.Message {
					if asked++; asked == 1 {
						return healthy()(m)
					}
					return healthy(empty)(m)
				},
				goipp.OpPrintJob:         accepted(7),
				goipp.OpGetJobAttributes: tc.job,
			})
			err := New(Config{Waits: quick()}).Print(t.Context(), f.ipp(), "x", samplePDF)
			if tc.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if e := wantCode(t, err, tc.want); e.Queued != tc.queued {
				t.Errorf("queued %v, want %v", e.Queued, tc.queued)
			}
		})
	}
}

func TestCancellingCancelsTheJobToo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := newFake(t, answers{
		goipp.OpGetPrinterAttributes: healthy(),
		goipp.OpPrintJob:             accepted(7),
		goipp.OpGetJobAttributes: func(m *goipp.Message) *goipp.Message {
			cancel()
			return jobIn(5)(m)
		},
		goipp.OpCancelJob: ok(nil),
	})
	waits := quick()
	waits.Settle = time.Minute
	err := New(Config{Waits: waits}).Print(ctx, f.ipp(), "x", samplePDF)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the cancelling", err)
	}
	if f.count(goipp.OpCancelJob) != 1 {
		t.Error("the job was left in the printer")
	}
}

// service is a print service with two printers, the second of them the default and out of paper.
func service() answers {
	group := func(name, info, reason string) goipp.Group {
		g := goipp.Group{Tag: goipp.TagPrinterGroup}
		g.Add(attribute("printer-name", goipp.TagName, goipp.String(name)))
		g.Add(attribute("printer-info", goipp.TagText, goipp.String(info)))
		g.Add(attribute("printer-uri-supported", goipp.TagURI, goipp.String("ipp://localhost/printers/"+name)))
		g.Add(attribute("printer-state-reasons", goipp.TagKeyword, goipp.String(reason)))
		return g
	}
	return answers{
		goipp.OpCupsGetPrinters: func(req *goipp.Message) *goipp.Message {
			m := ok(nil)(req)
			m.Groups = goipp.Groups{{Tag: goipp.TagOperationGroup, Attrs: m.Operation},
				group("sala", "Stampante della sala", "none"), group("banco", "Stampante del banco", "media-empty-error")}
			return m
		},
		goipp.OpCupsGetDefault: ok(func(m *goipp.Message) {
			m.Printer.Add(attribute("printer-name", goipp.TagName, goipp.String("banco")))
		}),
		goipp.OpGetPrinterAttributes: healthy(),
		goipp.OpPrintJob:             accepted(3),
		goipp.OpGetJobAttributes:     jobIn(jobCompleted),
		goipp.OpCancelMyJobs:         ok(nil),
	}
}

func TestTheComputersPrintersAreListed(t *testing.T) {
	f := newFake(t, service())
	c := New(Config{Server: strings.TrimPrefix(f.URL, "http://") + "/version=1.1", Waits: quick()})
	list, err := c.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%+v", list)
	want := "[{URI:ipp://localhost/printers/sala Name:Stampante della sala Default:false Ready:true Trouble:}" +
		" {URI:ipp://localhost/printers/banco Name:Stampante del banco Default:true Ready:false Trouble:no_paper}]"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTheSocketOfThePrintServiceIsUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cups.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{}
	inner := f.handler(service())
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "PeerCred rosa" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	if err := server.Listener.Close(); err != nil {
		t.Fatal(err)
	}
	server.Listener = l
	server.Start()
	t.Cleanup(server.Close)
	c := New(Config{Server: path, User: "rosa", Waits: quick()})
	list, err := c.List(t.Context())
	if err != nil || len(list) != 2 {
		t.Fatalf("List: %v, %v", list, err)
	}
	if err := c.Print(t.Context(), list[0].URI, "Promemoria", samplePDF); err != nil {
		t.Fatal(err)
	}
	if err := c.Clear(t.Context(), list[0].URI); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(f.received, samplePDF) {
		t.Errorf("%d bytes arrived", len(f.received))
	}
}

func TestNoPrintersIsAnEmptyListAndNoServiceAnError(t *testing.T) {
	f := newFake(t, answers{goipp.OpCupsGetPrinters: refuse(goipp.StatusErrorNotFound)})
	list, err := New(Config{Server: strings.TrimPrefix(f.URL, "http://"), Waits: quick()}).List(t.Context())
	if err != nil || len(list) != 0 {
		t.Errorf("no printers: %v, %v", list, err)
	}
	_, err = New(Config{Server: "127.0.0.1:1", Waits: quick()}).List(t.Context())
	wantCode(t, err, NoService)
	list, err = New(Config{Server: "127.0.0.1:1", Printers: []string{"ipp://127.0.0.1:1/ipp/print"}, Waits: quick()}).List(t.Context())
	if err != nil || len(list) != 1 || list[0].Trouble != string(Unreachable) || list[0].Ready {
		t.Errorf("a printer that does not answer: %+v, %v", list, err)
	}
}

func TestTheQueueIsEmptiedJobByJobWhereItMust(t *testing.T) {
	cancelled := map[int]bool{}
	f := newFake(t, answers{
		goipp.OpGetJobs: func(req *goipp.Message) *goipp.Message {
			m := ok(nil)(req)
			m.Groups = goipp.Groups{{Tag: goipp.TagOperationGroup, Attrs: m.Operation}}
			for _, id := range []int{4, 5} {
				m.Groups.Add(goipp.Group{Tag: goipp.TagJobGroup, Attrs: goipp.Attributes{attribute("job-id", goipp.TagInteger, goipp.Integer(id))}})
			}
			return m
		},
		goipp.OpCancelJob: func(req *goipp.Message) *goipp.Message {
			id, _ := integer(req.Operation, "job-id")
			cancelled[id] = true
			if id == 4 {
				return refuse(goipp.StatusErrorNotPossible)(req) // it finished meanwhile
			}
			return ok(nil)(req)
		},
	})
	if err := New(Config{Waits: quick()}).Clear(t.Context(), f.ipp()); err != nil {
		t.Fatal(err)
	}
	if !cancelled[4] || !cancelled[5] {
		t.Errorf("cancelled %v, want 4 and 5", cancelled)
	}
}

func TestASelfSignedPrinterIsUsedOnlyOncePinned(t *testing.T) {
	f := &fake{}
	f.Server = httptest.NewTLSServer(f.handler(answers{
		goipp.OpGetPrinterAttributes: healthy(), goipp.OpPrintJob: accepted(1), goipp.OpGetJobAttributes: jobIn(jobCompleted),
	}))
	t.Cleanup(f.Close)
	address := strings.Replace(f.URL, "https", "ipps", 1) + "/ipp/print"
	e := wantCode(t, New(Config{Waits: quick()}).Print(t.Context(), address, "x", samplePDF), Untrusted)
	if len(e.Fingerprint) != 64 {
		t.Fatalf("fingerprint %q", e.Fingerprint)
	}
	elsewhere := New(Config{Pins: map[string]string{e.Fingerprint: "another.local"}, Waits: quick()})
	wantCode(t, elsewhere.Print(t.Context(), address, "x", samplePDF), Untrusted)
	if len(f.received) != 0 {
		t.Fatal("a paper went to a stranger")
	}
	pinned := New(Config{Pins: map[string]string{e.Fingerprint: "127.0.0.1"}, Waits: quick()})
	if err := pinned.Print(t.Context(), address, "x", samplePDF); err != nil {
		t.Error(err)
	}
}

func TestEveryCodeHasWordsInBothLanguages(t *testing.T) {
	for _, lang := range []string{"it", "en"} {
		data, err := os.ReadFile("../../../assets/i18n/print." + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var words map[string]string
		if err := json.Unmarshal(data, &words); err != nil {
			t.Fatal(err)
		}
		for _, code := range Codes() {
			for _, part := range []string{"title", "advice"} {
				if key := "print." + string(code) + "." + part; words[key] == "" {
					t.Errorf("%s: %s has no words", lang, key)
				}
			}
		}
		if len(words) != 2*len(Codes())+1 { // and print.queued
			t.Errorf("%s: %d texts for %d codes", lang, len(words), len(Codes()))
		}
	}
}

func TestLongTitlesAreCutBetweenLetters(t *testing.T) {
	got := jobName(strings.Repeat("à", 200))
	if len(got) != 254 || strings.Trim(got, "à") != "" {
		t.Errorf("%d bytes: %q", len(got), got)
	}
}

// FuzzAnswer feeds what a hostile printer could say to everything that reads answers.
func FuzzAnswer(f *testing.F) {
	var seed bytes.Buffer
	req := goipp.NewRequest(goipp.DefaultVersion, goipp.OpGetPrinterAttributes, 1)
	for _, m := range []*goipp.Message{healthy()(req), jobIn(6, "x")(req), refuse(goipp.StatusErrorBusy)(req)} {
		seed.Reset()
		if err := m.Encode(&seed); err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Clone(seed.Bytes()))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := decode(bytes.NewReader(data))
		if err != nil {
			return
		}
		info := describe(m.Printer, "ipp://x/")
		if info.Ready != (info.Trouble == "") {
			t.Errorf("ready and in trouble: %+v", info)
		}
		if _, err := judge(m.Job, target{}); err != nil && CodeOf(err) == "" {
			t.Errorf("a failure without a code: %v", err)
		}
		_ = checkIPP(target{}, m) // must not panic
	})
}
