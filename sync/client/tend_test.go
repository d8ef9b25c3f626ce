package client

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"slices"
	"testing"
	"time"

	"bottega/desk"
	"bottega/sync/client/clienttest"
	"bottega/sync/wire"
)

// enrolledAt returns a line of an enrolled desk whose clock stands so long after its certificate began.
func enrolledAt(t *testing.T, j *clienttest.Journal, h *fakeHub, age time.Duration) *Client {
	t.Helper()
	c, err := enrolledLine(t.Context(), j, h, at(time.Now().Add(age)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newEnrolled(t *testing.T) (*clienttest.Journal, *fakeHub) {
	t.Helper()
	j, h := clienttest.New(), newFakeHub()
	h.enrol(t.Context(), t, j)
	return j, h
}

func shows(c *Client) string { return string(c.who().Certificate) }

func TestADeskLearnsTheKeysOfItsHubAndKeepsThem(t *testing.T) {
	j, h := newEnrolled(t)
	send(t, enrolledAt(t, j, h, 0))
	again := enrolledAt(t, j, h, 0)
	id := again.who()
	if !bytes.Equal(id.Sealing, h.sealing.PublicKey().Bytes()) || len(again.PackKeys()) != 1 || len(again.TokenKeys()) != 1 {
		t.Errorf("keys: %d bytes, %+v, %+v", len(id.Sealing), again.PackKeys(), again.TokenKeys())
	}
}

func TestTheHubIsAskedForItsKeysOnceADay(t *testing.T) {
	j, h := newEnrolled(t)
	now := time.Now()
	c, err := enrolledLine(t.Context(), j, h, func(p *Params) { p.Clock = func() time.Time { return now } })
	if err != nil {
		t.Fatal(err)
	}
	requests := func() int {
		before := h.requests()
		send(t, c)
		return h.requests() - before
	}
	first := requests()
	plain := requests()
	now = now.Add(tendEvery + time.Second)
	if later := requests(); first != plain+2 || later != plain+1 { // the first round also asks how far the hub is
		t.Errorf("%d requests at first, %d afterwards, %d a day later", first, plain, later)
	}
	now = now.Add(-100 * 24 * time.Hour)
	if back := requests(); back != plain+1 {
		t.Errorf("%d requests after the clock was set back", back)
	}
}

func TestAHubWithoutTheNewDoorsIsAsGoodAsBefore(t *testing.T) {
	j, h := newEnrolled(t)
	h.version01 = true
	j.Add(desk.NoteAdded{Text: "answer me"})
	c := enrolledAt(t, j, h, 300*24*time.Hour) // also when the certificate is to be renewed
	send(t, c)
	if c.PackKeys() != nil || len(c.TokenKeys()) != 1 || len(j.Replies()) != 1 {
		t.Errorf("keys %+v, replies %+v", c.PackKeys(), j.Replies())
	}
}

func TestACertificateIsRenewedInTheLastThirdOfItsLife(t *testing.T) {
	for name, tc := range map[string]struct {
		age     time.Duration
		renewed bool
	}{
		"new":                           {0, false},
		"shortly before the last third": {aYear*2/3 - time.Hour, false},
		"in the last third":             {aYear*2/3 + time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			j, h := newEnrolled(t)
			c := enrolledAt(t, j, h, tc.age)
			before := shows(c)
			send(t, c)
			if (shows(c) != before) != tc.renewed {
				t.Fatalf("renewed: %t", shows(c) != before)
			}
			if tc.renewed && (c.who().Renewal != nil || len(h.certificates) != 2) {
				t.Errorf("a key waits, or the former certificate is out: %d", len(h.certificates))
			}
			send(t, c)
			if len(h.certificates) != 1 || !h.certificates[shows(c)] {
				t.Errorf("%d certificates are let in after the new one was shown", len(h.certificates))
			}
			send(t, enrolledAt(t, j, h, 0)) // after a start
		})
	}
}

func TestARenewalWhoseAnswerIsLostIsAskedForWithTheSameKey(t *testing.T) {
	j, h := newEnrolled(t)
	c := enrolledAt(t, j, h, aYear-time.Hour)
	before := shows(c)
	asked := 0
	h.after = func() error {
		if len(h.certificates) > 1 { // the hub gave a new one
			asked++
			return offline()
		}
		return nil
	}
	send(t, c) // the round is good: nothing that is sent waits for a renewal
	if shows(c) != before || asked != 1 || c.who().Renewal == nil {
		t.Fatalf("asked %d times, a key waits: %t", asked, c.who().Renewal != nil)
	}
	waits := c.who().Renewal
	h.after = nil
	again := enrolledAt(t, j, h, aYear-time.Hour)
	send(t, again)
	if shows(again) == before || !bytes.Equal(again.who().Key, waits) {
		t.Error("the second time another key was certified")
	}
	send(t, again)
}

func TestARenewalThatFailsIsTriedAgainInAnHour(t *testing.T) {
	j, h := newEnrolled(t)
	now := time.Now().Add(aYear - 48*time.Hour)
	c, err := enrolledLine(t.Context(), j, h, func(p *Params) { p.Clock = func() time.Time { return now } })
	if err != nil {
		t.Fatal(err)
	}
	good := c.door
	before := shows(c)
	c.door = cheat{door: good, err: &Trouble{Word: HubBusy}}
	send(t, c)
	c.door = good
	now = now.Add(tendAgain / 2)
	send(t, c)
	if shows(c) != before {
		t.Error("renewed before the hour was over")
	}
	now = now.Add(tendAgain)
	send(t, c)
	if shows(c) == before {
		t.Error("not renewed after an hour")
	}
}

func TestAHubThatIsPutBackKnowsADeskByItsFormerCertificate(t *testing.T) {
	j, h := newEnrolled(t)
	saved := h.clone()
	j.Add(desk.NoteAdded{Text: "answer me"})
	c := enrolledAt(t, j, h, aYear-time.Hour)
	send(t, c)
	send(t, c)
	saved.series, saved.unwilling = "second", &Trouble{Word: HubBusy}
	disk := &seriesOnDisk{Journal: j}
	again, err := enrolledLine(t.Context(), j, saved, at(time.Now().Add(aYear-time.Hour)), func(p *Params) { p.Identity = disk })
	if err != nil {
		t.Fatal(err)
	}
	send(t, again)
	// What it learnt of that hub stays on the disk, though it was not renewed.
	if first := slices.Index(disk.series, "second"); first < 0 || slices.Contains(disk.series[first:], "first") {
		t.Errorf("on the disk, one after the other: %q", disk.series)
	}
	saved.unwilling = nil
	again = enrolledAt(t, j, saved, aYear-time.Hour)
	send(t, again)
	if n := len(j.Replies()); n != 2 { // one of either hub
		t.Errorf("%d replies", n)
	}
	if lost := saved.missing(j.Entries()); lost != "" {
		t.Errorf("%s is not at the hub", lost)
	}
	if again.who().Former == nil {
		t.Error("the certificate was not renewed again")
	}
	send(t, enrolledAt(t, j, saved, 0))
}

// seriesOnDisk notes which series of replies stands on the disk, write after write.
type seriesOnDisk struct {
	*clienttest.Journal
	series []string
}

func (d *seriesOnDisk) SaveIdentity(ctx context.Context, data []byte) error {
	var id identity
	if err := json.Unmarshal(data, &id); err != nil {
		return err
	}
	d.series = append(d.series, id.Series)
	return d.Journal.SaveIdentity(ctx, data)
}

func TestRevokedDeskIsHeldWhateverItShows(t *testing.T) {
	j, h := newEnrolled(t)
	c := enrolledAt(t, j, h, aYear-time.Hour)
	send(t, c)
	shown := shows(c)
	h.certificates = map[string]bool{}
	for name, tc := range map[string]struct {
		age  time.Duration
		word string
	}{
		"while its certificate lasts": {aYear - time.Hour, ReEnrol},
		"after it ended":              {2 * aYear, CertificateEnded},
	} {
		t.Run(name, func(t *testing.T) {
			c := enrolledAt(t, j, h, tc.age)
			err := c.Send(t.Context())
			if s := c.Status(); wordOf(err) != tc.word || s.State != desk.LineHeld || s.Problem != tc.word {
				t.Errorf("Send = %v, line %+v", err, s)
			}
			if shows(c) != shown {
				t.Error("the desk goes on with another certificate")
			}
		})
	}
}

// cheat is a hub that renews what it should not.
type cheat struct {
	door
	answer wire.Enrolment
	err    error
}

func (d cheat) renew(context.Context, wire.RenewRequest) (wire.Enrolment, error) {
	return d.answer, d.err
}

func TestACertificateThatWasNotAskedForIsNotTaken(t *testing.T) {
	toPEM := func(der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	stranger := certify(&x509.Certificate{}, nil, key.Public(), key)
	for name, answer := range map[string]wire.Enrolment{
		"nothing":                {Desk: "desk-1"},
		"for another desk":       {Desk: "desk-2", Certificate: toPEM(newSecrets().certifyDesk(key.Public()))},
		"for another key":        {Desk: "desk-1", Certificate: toPEM(newSecrets().certifyDesk(key.Public()))},
		"from another authority": {Desk: "desk-1", Certificate: toPEM(stranger)},
		"something else":         {Desk: "desk-1", Certificate: toPEM([]byte("x"))},
	} {
		t.Run(name, func(t *testing.T) {
			j, h := newEnrolled(t)
			c := enrolledAt(t, j, h, aYear-time.Hour)
			c.door = cheat{door: c.door, answer: answer}
			before := shows(c)
			send(t, c)
			if shows(c) != before {
				t.Error("it was taken")
			}
		})
	}
}

// dialect is a hub that speaks some versions of the contract only.
type dialect struct {
	fakeDoor
	least, most int
	spoken      *[]int
	silent      bool // about the versions, as a hub of 0.1
}

func (d dialect) push(ctx context.Context, b wire.Batch, entries *text) (wire.Ack, error) {
	*d.spoken = append(*d.spoken, b.Version)
	if b.Version < d.least || b.Version > d.most {
		return wire.Ack{}, refused(wire.NewProblem(wire.ProblemUpgrade, "up to %d", d.most), 0)
	}
	return d.fakeDoor.push(ctx, b, entries)
}

func (d dialect) info(context.Context) (wire.HubInfo, error) {
	if d.silent {
		return wire.HubInfo{}, &Trouble{Word: NotTheHub, Err: errors.New("404")}
	}
	info := d.hubInfo()
	info.Least, info.Most = d.least, d.most
	return info, nil
}

func TestTheHighestVersionThatBothSpeakIsSpoken(t *testing.T) {
	for name, tc := range map[string]struct {
		desk, hub span
		silent    bool
		spoken    int
		word      string
	}{
		"both the same":                       {span{1, 1}, span{1, 1}, false, 1, ""},
		"a newer desk, an older hub":          {span{1, 3}, span{1, 2}, false, 2, ""},
		"an older desk, a newer hub":          {span{1, 2}, span{1, 4}, false, 2, ""},
		"a newer desk, a hub of 0.1":          {span{1, 3}, span{1, 1}, true, 1, ""},
		"the desk is too old":                 {span{1, 1}, span{2, 3}, false, 0, Upgrade},
		"the hub is too old":                  {span{2, 3}, span{1, 1}, false, 0, HubOlder},
		"the hub is of 0.1, and is too old":   {span{2, 3}, span{1, 1}, true, 0, HubOlder},
		"a hub that refuses what it promised": {span{1, 1}, span{1, 0}, true, 0, Upgrade},
	} {
		t.Run(name, func(t *testing.T) {
			j, h := newEnrolled(t)
			j.Add(desk.NoteAdded{Text: "uno"}, desk.NoteAdded{Text: "due"}, desk.NoteAdded{Text: "tre"})
			c := enrolledAt(t, j, h, 0)
			c.versions, c.speaks = tc.desk, tc.desk.most
			var spoken []int
			c.door = dialect{fakeDoor{h, shows(c)}, tc.hub.least, tc.hub.most, &spoken, tc.silent}
			err := c.Send(t.Context())
			if wordOf(err) != tc.word || tc.word != "" && c.Status().State != desk.LineUpgrade {
				t.Fatalf("Send = %v, line %+v", err, c.Status())
			}
			if tc.word == "" && (spoken[len(spoken)-1] != tc.spoken || c.Status().Safe != 3) {
				t.Errorf("spoke %v, line %+v", spoken, c.Status())
			}
			if len(spoken) > 6 {
				t.Errorf("spoke %v", spoken)
			}
		})
	}
}

func TestSkewOfTheClockIsTold(t *testing.T) {
	j, h := newEnrolled(t)
	c := enrolledAt(t, j, h, 10*time.Minute)
	send(t, c)
	if skew := c.Status().Skew; skew.Round(time.Minute) != 10*time.Minute {
		t.Errorf("skew %v", skew)
	}
}
