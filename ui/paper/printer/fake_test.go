package printer

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/OpenPrinting/goipp"
)

// samplePDF stands for a paper; what it says does not matter to a printer.
var samplePDF = []byte("%PDF-1.3\n" + strings.Repeat("invented paper ", 5000) + "\n%%EOF\n")

// quick are waits for tests against servers that answer at once.
func quick() Waits {
	return Waits{Ask: 5 * time.Second, Send: 5 * time.Second, Busy: 20 * time.Millisecond, Settle: 30 * time.Millisecond, Poll: 5 * time.Millisecond}
}

// fake is a printer, or a print service, that answers what a test wants. Unanswered operations are not supported.
type fake struct {
	*httptest.Server
	mu       sync.Mutex
	asked    []goipp.Op
	received []byte
}

type answers map[goipp.Op]func(request *goipp.Message) *goipp.Message

func ok(fill func(m *goipp.Message)) func(*goipp.Message) *goipp.Message {
	return func(req *goipp.Message) *goipp.Message {
		m := goipp.NewResponse(goipp.DefaultVersion, goipp.StatusOk, req.RequestID)
		m.Operation.Add(attribute("attributes-charset", goipp.TagCharset, goipp.String("utf-8")))
		m.Operation.Add(attribute("attributes-natural-language", goipp.TagLanguage, goipp.String("en")))
		if fill != nil {
			fill(m)
		}
		return m
	}
}

func refuse(s goipp.Status) func(*goipp.Message) *goipp.Message {
	return func(req *goipp.Message) *goipp.Message {
		return goipp.NewResponse(goipp.DefaultVersion, s, req.RequestID)
	}
}

// healthy is a printer in order, with what is changed about it.
func healthy(change ...goipp.Attribute) func(*goipp.Message) *goipp.Message {
	attrs := goipp.Attributes{
		attribute("printer-name", goipp.TagName, goipp.String("lucca")),
		attribute("printer-state", goipp.TagEnum, goipp.Integer(3)),
		attribute("printer-state-reasons", goipp.TagKeyword, goipp.String("none")),
		attribute("printer-is-accepting-jobs", goipp.TagBoolean, goipp.Boolean(true)),
		attribute("document-format-supported", goipp.TagMimeType, goipp.String("image/urf"), goipp.String("application/pdf")),
	}
	for _, c := range change {
		for i := range attrs {
			if attrs[i].Name == c.Name {
				attrs[i] = c
			}
		}
	}
	return ok(func(m *goipp.Message) { m.Printer = attrs })
}

func accepted(id int) func(*goipp.Message) *goipp.Message {
	return ok(func(m *goipp.Message) { m.Job.Add(attribute("job-id", goipp.TagInteger, goipp.Integer(id))) })
}

func jobIn(state int, why ...string) func(*goipp.Message) *goipp.Message {
	return ok(func(m *goipp.Message) {
		m.Job.Add(attribute("job-state", goipp.TagEnum, goipp.Integer(state)))
		for _, w := range why {
			m.Job.Add(attribute("job-state-reasons", goipp.TagKeyword, goipp.String(w)))
		}
	})
}

func (f *fake) handler(a answers) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		var req goipp.Message
		rest := bytes.NewReader(body)
		if err := req.Decode(rest); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		document, _ := io.ReadAll(rest) // from memory
		f.mu.Lock()
		f.asked = append(f.asked, goipp.Op(req.Code))
		f.received = append(f.received, document...)
		f.mu.Unlock()
		answer, known := a[goipp.Op(req.Code)]
		if !known {
			answer = refuse(goipp.StatusErrorOperationNotSupported)
		}
		w.Header().Set("Content-Type", goipp.ContentType)
		_ = answer(&req).Encode(w) // the client's test sees a broken answer
	})
}

func newFake(t *testing.T, a answers) *fake {
	t.Helper()
	f := &fake{}
	f.Server = httptest.NewServer(f.handler(a))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) ipp() string { return strings.Replace(f.URL, "http", "ipp", 1) + "/ipp/print" }

func (f *fake) count(op goipp.Op) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, o := range f.asked {
		if o == op {
			n++
		}
	}
	return n
}
