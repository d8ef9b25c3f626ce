package text

import "sync"

// Holder is the language of one window. The window subscribes and redraws itself when the language changes; the facilitator's
// window and the citizen's each have their own.
type Holder struct {
	catalog *Catalog

	mu          sync.Mutex
	current     *Localizer
	subscribers map[int]func(*Localizer)
	next        int
}

// NewHolder returns a holder that starts in a language.
func NewHolder(c *Catalog, tag string) *Holder {
	return &Holder{catalog: c, current: c.For(tag), subscribers: map[int]func(*Localizer){}}
}

// Current returns the localizer in use.
func (h *Holder) Current() *Localizer {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.current
}

// OnMissing tells f of every key without translation, whatever the language becomes.
func (h *Holder) OnMissing(f func(lang, key string)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.current = h.current.OnMissing(f)
}

// Set changes the language and tells every subscriber, on the calling goroutine: call it from the goroutine of the windows.
func (h *Holder) Set(tag string) {
	h.mu.Lock()
	next := h.catalog.For(tag)
	if next.lang == h.current.lang {
		h.mu.Unlock()
		return
	}
	next.missing = h.current.missing
	h.current = next
	subscribers := make([]func(*Localizer), 0, len(h.subscribers))
	for i := range h.next {
		if f, ok := h.subscribers[i]; ok {
			subscribers = append(subscribers, f)
		}
	}
	h.mu.Unlock()
	for _, f := range subscribers {
		f(next)
	}
}

// Toggle changes to the other language.
func (h *Holder) Toggle() {
	if h.Current().Lang() == Italian {
		h.Set(English)
		return
	}
	h.Set(Italian)
}

// Subscribe calls changed after every change of language, in the order of subscription, until the returned function is called.
func (h *Holder) Subscribe(changed func(*Localizer)) (cancel func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	id := h.next
	h.next++
	h.subscribers[id] = changed
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.subscribers, id)
	}
}
