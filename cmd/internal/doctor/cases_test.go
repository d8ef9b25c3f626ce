package doctor

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"bottega/cardreader"
	"bottega/desk"
	"bottega/sync/client"
	"bottega/sync/journal"
	"bottega/ui/paper/printer"
)

// now is when every examination of these tests happens.
var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// healthy is a computer on which a desk can work: a Linux with everything, at home with Piera.
func healthy() *Computer {
	c := &Computer{
		Version: "1.2.3", Built: now.AddDate(0, -1, 0), Env: variables{"DISPLAY": ":7"}.get, Now: func() time.Time { return now },
		Private: []string{"piera", "Neri", "portatile-di-piera"}, Home: "/home/piera",
		Run: func(context.Context, string, ...string) (string, error) {
			return "pcsc-lite version 1.9.9.\nCopyright", nil
		},
		Dial: listeners{"unix /tmp/.X11-unix/X7"}.dial,
		Data: "/home/piera/dati", Stat: places{"/home/piera/dati": {mode: fs.ModeDir | 0o700}}.stat,
		TryWrite: func(string) error { return nil }, Free: func(string) (int64, error) { return 64 << 30, nil },
		Cards: func() cardreader.Port {
			return port{states: []cardreader.ReaderState{{Name: "Lettore", Card: cardreader.Present, ATR: []byte{0x3B}}}}
		},
		Read: reads(desk.Card{Kind: desk.KindHealth, Holder: desk.Person{Surname: "BIANCHINI", Name: "ANNA"}}, nil),
		Printers: func(...string) desk.Printers {
			return printers{list: []desk.PrinterInfo{{URI: "ipp://a", Name: "Sala", Default: true, Ready: true}}}
		},
		Desk: func(context.Context) (Desk, func()) {
			return Desk{State: journal.State{Last: 14, Acked: 14}, Line: line{status: desk.LineStatus{Total: 14, Safe: 14}, sight: answered(0)}}, func() {}
		},
	}
	c.Linux(files("usr/sbin/pcscd", "", "etc/os-release", "NAME=x\nPRETTY_NAME=\"Debian di prova\"\n", "etc/ld.so.cache", "..libGL.so.1..",
		"dev/dri/renderD128", "", "sys/class/drm/card0-eDP-1/status", "connected\n", "sys/class/drm/card0-HDMI-A-1/status", "connected\n",
		"sys/bus/usb/devices/usb1/idVendor", "1d6b\n", "sys/bus/usb/devices/usb1/idProduct", "0002\n"))
	return c
}

type variables map[string]string

func (v variables) get(name string) string { return v[name] }

// files are a system's files, given as names and contents in turn.
func files(pairs ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1]), Mode: 0o644}
	}
	return m
}

// with changes the files of a Linux: those whose name ends in a minus go, the others come.
func with(c *Computer, pairs ...string) {
	have := c.Files.(fstest.MapFS)
	for name, file := range files(pairs...) {
		if gone, ok := strings.CutSuffix(name, "-"); ok {
			delete(have, gone)
			continue
		}
		have[name] = file
	}
}

type listeners []string

func (l listeners) dial(_ context.Context, network, address string) (net.Conn, error) {
	if !slices.Contains(l, network+" "+address) {
		return nil, errors.New("nobody listens")
	}
	here, there := net.Pipe()
	return here, there.Close()
}

// place is a file or a folder of which only mode and time matter.
type place struct {
	fs.FileInfo
	mode    fs.FileMode
	changed time.Time
}

func (p place) Mode() fs.FileMode  { return p.mode }
func (p place) IsDir() bool        { return p.mode.IsDir() }
func (p place) ModTime() time.Time { return p.changed }

type places map[string]place

func (p places) stat(path string) (fs.FileInfo, error) {
	if found, ok := p[path]; ok {
		return found, nil
	}
	return nil, fs.ErrNotExist
}

type port struct {
	states  []cardreader.ReaderState
	err     error
	connect error
}

func (p port) Watch(context.Context, []cardreader.ReaderState, time.Duration) ([]cardreader.ReaderState, error) {
	return p.states, p.err
}

func (p port) Connect(context.Context, string) (cardreader.Link, error) { return link{}, p.connect }

func (port) Close() error { return nil }

type link struct{ cardreader.Link }

func (link) Close() error { return nil }

func reads(card desk.Card, err error) cardreader.ReadFunc {
	return func(context.Context, cardreader.Link, func(cardreader.Phase)) (desk.Card, error) { return card, err }
}

type printers struct {
	desk.Printers
	list []desk.PrinterInfo
	err  error
}

func (p printers) List(context.Context) ([]desk.PrinterInfo, error) { return p.list, p.err }

type line struct {
	status desk.LineStatus
	sight  client.Sight
	err    error
}

func (l line) Status() desk.LineStatus                    { return l.status }
func (l line) Look(context.Context) (client.Sight, error) { return l.sight, l.err }

// answered is a look at a hub, with our clock so much ahead of its.
func answered(ahead time.Duration) client.Sight {
	return client.Sight{DeskUntil: now.AddDate(1, 0, 0), Here: now, Hub: now.Add(-ahead)}
}

// desks make a Desk of it.
func desks(d Desk) func(context.Context) (Desk, func()) {
	return func(context.Context) (Desk, func()) { return d, func() {} }
}

func card(states ...cardreader.CardPresence) []cardreader.ReaderState {
	all := make([]cardreader.ReaderState, len(states))
	for i, s := range states {
		all[i] = cardreader.ReaderState{Name: "Lettore " + string(rune('A'+i)), Card: s}
	}
	return all
}

// usb puts a device on the bus of a Linux that has no reader in the card service.
func usb(c *Computer, vendor, product, class string) {
	c.Cards = func() cardreader.Port { return port{} }
	with(c, "sys/bus/usb/devices/1-4/idVendor", vendor+"\n", "sys/bus/usb/devices/1-4/idProduct", product+"\n",
		"sys/bus/usb/devices/1-4:1.0/bInterfaceClass", class+"\n")
}

// bundle is the list of a driver that serves the readers of a vendor and product.
func bundle(vendor, product, level string) string {
	return "<key>CFBundleName</key>\n<string>CCID</string>\n<key>ifdLogLevel</key>\n\t<string>" + level + "</string>\n" +
		"<key>ifdVendorID</key>\n\t<array>\n\t\t<string>0x1111</string>\n<string>" + vendor + "</string></array>\n" +
		"<key>ifdProductID</key>\n<array><string>0x2222</string>\n<string>" + product + "</string>\n</array>"
}

const ccid = "usr/lib/pcsc/drivers/ifd-ccid.bundle/Contents/Info.plist"

func hub(c *Computer, l line) {
	c.Desk = desks(Desk{State: journal.State{Last: 14, Acked: 14}, Line: l})
}

func printing(c *Computer, err error, list ...desk.PrinterInfo) {
	c.Printers = func(...string) desk.Printers { return printers{list: list, err: err} }
}

// cases are computers, each with one thing that is not as on a healthy one, and what the examination says of it.
var cases = []struct {
	name   string
	change func(c *Computer)
	want   []string // state check.result
}{
	{"healthy", func(*Computer) {}, []string{
		"well program.is", "well system.is", "well clock.plausible", "well hub_clock.agrees", "well data.there", "well disk.enough",
		"well journal.opens", "well display.there", "well opengl.there", "well second_screen.there", "well service.runs", "well reader.there",
		"well card.read", "well holder.free", "well trace.none", "well printer.ready", "well hub.answers", "well certificate.good", "well queue.safe",
	}},
	{"clock before the program was made", func(c *Computer) { c.Built = now.Add(time.Hour) }, []string{"broken clock.behind"}},
	{"clock before the journal was written", func(c *Computer) {
		c.Stat = places{c.Data: {mode: fs.ModeDir | 0o700}, c.Data + "/" + journal.FileName: {changed: now.Add(time.Hour)}}.stat
	}, []string{"broken clock.behind"}},
	{"folder not made yet", func(c *Computer) { c.Stat = places{}.stat }, []string{"note data.new"}},
	{"folder of somebody else", func(c *Computer) {
		c.Stat = func(string) (fs.FileInfo, error) { return nil, fs.ErrPermission }
	}, []string{"broken data.unreadable"}},
	{"file in place of the folder", func(c *Computer) { c.Stat = places{c.Data: {mode: 0o600}}.stat }, []string{"broken data.no_folder"}},
	{"folder read-only", func(c *Computer) { c.TryWrite = func(string) error { return fs.ErrPermission } }, []string{"broken data.unwritable"}},
	{"folder open to all", func(c *Computer) { c.Stat = places{c.Data: {mode: fs.ModeDir | 0o755}}.stat }, []string{"broken data.open"}},
	{"disk full", func(c *Computer) { c.Free = func(string) (int64, error) { return 40 << 20, nil } }, []string{"broken disk.short"}},
	{"disk unseen", func(c *Computer) { c.Free = func(string) (int64, error) { return 0, errors.New("?") } }, []string{"broken disk.unknown"}},

	{"no journal", func(c *Computer) { c.Desk = desks(Desk{Err: journal.ErrNone}) }, []string{"note journal.none"}},
	{"journal open in the app", func(c *Computer) { c.Desk = desks(Desk{Err: journal.ErrInUse}) }, []string{"note journal.in_use"}},
	{"journal damaged", func(c *Computer) { c.Desk = desks(Desk{Err: &journal.Fault{}}) }, []string{"broken journal.trouble"}},
	{"journal that says nothing", func(c *Computer) { c.Desk = desks(Desk{Err: errors.New("?")}) }, []string{"broken journal.unreadable"}},
	{"journal that may lack its end", func(c *Computer) {
		c.Desk = desks(Desk{State: journal.State{HeadLost: true}})
	}, []string{"broken journal.trouble", "note hub.untried"}},
	{"journal that could not overwrite", func(c *Computer) {
		c.Desk = desks(Desk{State: journal.State{TracesLeft: true}})
	}, []string{"broken journal.trouble", "note hub.untried"}},
	{"journal from the future", func(c *Computer) {
		c.Desk = desks(Desk{State: journal.State{ClockBehind: true, LastAt: now.AddDate(1, 0, 0)}})
	}, []string{"broken journal.ahead", "note hub.untried"}},

	{"no display", func(c *Computer) { c.Env = variables{}.get }, []string{"broken display.none"}},
	{"display that went away", func(c *Computer) { c.Dial = listeners{}.dial }, []string{"broken display.gone"}},
	{"display of nonsense", func(c *Computer) { c.Env = variables{"DISPLAY": "boh"}.get }, []string{"broken display.gone"}},
	{"display in the abstract", func(c *Computer) { c.Dial = listeners{"unix @/tmp/.X11-unix/X7"}.dial }, []string{"well display.there"}},
	{"display elsewhere", func(c *Computer) {
		c.Env, c.Dial = variables{"DISPLAY": "sala:2.0"}.get, listeners{"tcp sala:6002"}.dial
	}, []string{"well display.there"}},
	{"wayland", func(c *Computer) {
		c.Env = variables{"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": "/run/user/1000"}.get
		c.Dial = listeners{"unix /run/user/1000/wayland-0"}.dial
	}, []string{"well display.there"}},
	{"wayland by path", func(c *Computer) {
		c.Env, c.Dial = variables{"WAYLAND_DISPLAY": "/run/w"}.get, listeners{"unix /run/w"}.dial
	}, []string{"well display.there"}},
	{"remote desktop", func(c *Computer) { c.System, c.Env = "windows", variables{"SESSIONNAME": "RDP-Tcp#3"}.get }, []string{"broken display.remote", "note second_screen.unknown"}},
	{"Windows", func(c *Computer) { c.System = "windows" }, []string{"well display.there", "well opengl.system", "note second_screen.unknown"}},
	{"window open", func(c *Computer) {
		c.Window = func(context.Context) Window { return Window{Second: true, Known: true} }
	}, []string{"well display.open", "well second_screen.there"}},
	{"window on one screen", func(c *Computer) {
		c.Window = func(context.Context) Window { return Window{Known: true} }
	}, []string{"note second_screen.none"}},
	{"window that was not asked", func(c *Computer) { c.Window = func(context.Context) Window { return Window{} } }, []string{"note second_screen.unknown"}},
	{"one screen", func(c *Computer) { with(c, "sys/class/drm/card0-HDMI-A-1/status", "disconnected\n") }, []string{"note second_screen.none"}},
	{"no OpenGL", func(c *Computer) { with(c, "etc/ld.so.cache-", "") }, []string{"broken opengl.missing"}},
	{"OpenGL not in the list", func(c *Computer) {
		with(c, "etc/ld.so.cache-", "", "usr/lib/x86_64-linux-gnu/libGL.so.1", "")
	}, []string{"well opengl.there"}},
	{"no graphics card", func(c *Computer) { with(c, "dev/dri/renderD128-", "") }, []string{"note opengl.slow"}},

	{"service stopped", func(c *Computer) {
		c.Cards = func() cardreader.Port { return port{err: cardreader.ServiceDown} }
	}, []string{"broken service.down"}},
	{"service not installed", func(c *Computer) {
		c.Cards = func() cardreader.Port { return port{err: cardreader.ServiceDown} }
		with(c, "usr/sbin/pcscd-", "")
	}, []string{"broken service.missing"}},
	{"program without readers", func(c *Computer) {
		c.Cards, c.NoCards = func() cardreader.Port { return port{err: cardreader.ServiceDown} }, true
	}, []string{"broken service.not_built_in"}},
	{"nothing on the bus", func(c *Computer) { c.Cards = func() cardreader.Port { return port{} } }, []string{"broken reader.none"}},
	{"bus unseen", func(c *Computer) {
		c.Cards = func() cardreader.Port { return port{} }
		c.USB = func(context.Context) ([]Device, bool) { return nil, false }
	}, []string{"broken reader.none"}},
	{"mouse on the bus", func(c *Computer) { usb(c, "046d", "c077", "03") }, []string{"broken reader.none"}},
	{"reader without any driver", func(c *Computer) { usb(c, "25dd", "3111", "0b") }, []string{"broken reader.no_driver"}},
	{"reader newer than the driver", func(c *Computer) {
		usb(c, "25dd", "9999", "0b")
		with(c, ccid, bundle("0x25DD", "0x3111", "0x0003"))
	}, []string{"broken reader.no_driver"}},
	{"reader with its driver", func(c *Computer) {
		usb(c, "25dd", "3111", "0b")
		with(c, ccid, bundle("0x25DD", "0x3111", "0x0003"))
	}, []string{"broken reader.not_seen"}},
	{"reader of the maker's own kind", func(c *Computer) { usb(c, "072f", "9000", "ff") }, []string{"broken reader.maker_driver"}},
	{"reader of the maker's own kind with its driver", func(c *Computer) {
		usb(c, "072f", "9000", "ff")
		with(c, ccid, bundle("0x072F", "0x9000", "0x0003"))
	}, []string{"broken reader.not_seen"}},
	{"reader on Windows", func(c *Computer) {
		usb(c, "25dd", "3111", "0b")
		c.System = "windows"
	}, []string{"broken reader.not_seen", "note second_screen.unknown"}},
	{"two readers", func(c *Computer) {
		c.Cards = func() cardreader.Port { return port{states: card(cardreader.Empty, cardreader.Mute)} }
	}, []string{"well reader.there", "well card.none", "broken card.mute"}},
	{"card of another kind", func(c *Computer) { c.Read = reads(desk.Card{}, cardreader.NotACNS) }, []string{"note card.other", "well holder.free"}},
	{"card that has expired", func(c *Computer) {
		c.Read = reads(desk.Card{Kind: desk.KindHealth, Test: desk.CardTest{Parts: []desk.PartCheck{
			{Part: desk.PartValidity, Result: desk.PartFails, Reason: desk.ReasonExpired},
		}}}, nil)
	}, []string{"note card.troubled"}},
	{"card with dirty contacts", func(c *Computer) { c.Read = reads(desk.Card{}, cardreader.Unreadable) }, []string{"broken card.unreadable"}},
	{"card with an error of no name", func(c *Computer) { c.Read = reads(desk.Card{}, errors.New("?")) }, []string{"broken card.unreadable"}},
	{"card of an older reading", func(c *Computer) { c.Read = reads(desk.Card{}, nil) }, []string{"well card.answers"}},
	{"card held by another program", func(c *Computer) {
		c.Cards = func() cardreader.Port { return port{states: card(cardreader.Present), connect: cardreader.Busy} }
		with(c, "proc/12/comm", "firefox-esr\n", "proc/13/comm", "scdaemon\n", "proc/14/comm", "editor\n")
	}, []string{"broken holder.busy"}},

	{"service that logs commands", func(c *Computer) {
		with(c, "proc/12/comm", "pcscd\n", "proc/12/cmdline", "/usr/sbin/pcscd\x00--foreground\x00--apdu\x00")
	}, []string{"broken trace.service"}},
	{"service that logs commands, in short", func(c *Computer) {
		with(c, "proc/12/comm", "pcscd\n", "proc/12/cmdline", "pcscd\x00-fad\x00")
	}, []string{"broken trace.service"}},
	{"service as it should be", func(c *Computer) {
		with(c, "proc/12/comm", "pcscd\n", "proc/12/cmdline", "pcscd\x00--foreground\x00--auto-exit\x00-c\x00/etc/apdu\x00")
	}, []string{"well trace.none"}},
	{"driver that logs bytes", func(c *Computer) { with(c, ccid, bundle("0x25DD", "0x3111", "0x0007")) }, []string{"broken trace.driver"}},
	{"OpenSC that logs", func(c *Computer) { c.Env = variables{"DISPLAY": ":7", "OPENSC_DEBUG": "9"}.get }, []string{"broken trace.variable"}},
	{"OpenSC silent", func(c *Computer) { c.Env = variables{"DISPLAY": ":7", "OPENSC_DEBUG": "0"}.get }, []string{"well trace.none"}},
	{"a spy", func(c *Computer) {
		c.Env = variables{"DISPLAY": ":7", "LD_PRELOAD": "/usr/lib/libpcscspy.so"}.get
	}, []string{"broken trace.variable"}},

	{"no printer", func(c *Computer) { printing(c, nil) }, []string{"broken printer.none"}},
	{"no print service", func(c *Computer) { printing(c, &printer.Error{Code: printer.NoService}) }, []string{"broken printer.no_list"}},
	{"no print service on Windows", func(c *Computer) {
		c.System = "windows"
		printing(c, &printer.Error{Code: printer.NoService})
	}, []string{"note printer.by_address", "note second_screen.unknown"}},
	{"only one printer", func(c *Computer) {
		printing(c, nil, desk.PrinterInfo{URI: "ipp://a", Ready: true})
	}, []string{"well printer.ready"}},
	{"many printers and none chosen", func(c *Computer) {
		printing(c, nil, desk.PrinterInfo{URI: "ipp://a", Ready: true}, desk.PrinterInfo{URI: "ipp://b", Ready: true})
	}, []string{"note printer.not_chosen"}},
	{"chosen printer out of paper", func(c *Computer) {
		c.Printer = "ipp://b"
		printing(c, nil, desk.PrinterInfo{URI: "ipp://a", Ready: true, Default: true}, desk.PrinterInfo{URI: "ipp://b", Trouble: "no_paper"})
	}, []string{"broken printer.trouble"}},
	{"printer with a new trouble", func(c *Computer) {
		printing(c, nil, desk.PrinterInfo{URI: "ipp://a", Trouble: "on_fire"})
	}, []string{"broken printer.trouble"}},

	{"desk locked", func(c *Computer) {
		c.Desk = desks(Desk{State: journal.State{Last: 14, Acked: 12}})
	}, []string{"note hub.untried", "note queue.waits"}},
	{"wrong passphrase", func(c *Computer) { c.Desk = desks(Desk{LineErr: journal.ErrWrongPassphrase}) }, []string{"broken hub.no_line"}},
	{"practice desk", func(c *Computer) { c.Desk = desks(Desk{Practice: true}) }, []string{"well journal.opens", "note hub.practice"}},
	{"no hub", func(c *Computer) { hub(c, line{err: &client.Trouble{Word: client.NotEnrolled}}) }, []string{"note hub.none"}},
	{"no network", func(c *Computer) {
		hub(c, line{err: &client.Trouble{Word: client.NoNetwork}, status: desk.LineStatus{Total: 3, Safe: 1}})
	}, []string{"note hub.no_network", "note queue.waits"}},
	{"hub silent", func(c *Computer) { hub(c, line{err: &client.Trouble{Word: client.HubUnreachable}}) }, []string{"broken hub.trouble"}},
	{"hub that fails without a name", func(c *Computer) { hub(c, line{err: errors.New("?")}) }, []string{"broken hub.trouble"}},
	{"clock an hour ahead", func(c *Computer) { hub(c, line{sight: answered(time.Hour)}) }, []string{"well hub.answers", "broken hub_clock.ahead"}},
	{"clock an hour behind", func(c *Computer) { hub(c, line{sight: answered(-time.Hour)}) }, []string{"broken hub_clock.behind"}},
	{"clock a minute off", func(c *Computer) { hub(c, line{sight: answered(time.Minute)}) }, []string{"well hub_clock.agrees"}},
	{"certificate in its last month", func(c *Computer) {
		hub(c, line{sight: client.Sight{DeskUntil: now.AddDate(0, 0, 20)}})
	}, []string{"note certificate.ends_soon"}},
	{"certificate ended, hub silent", func(c *Computer) {
		hub(c, line{sight: client.Sight{DeskUntil: now}, err: &client.Trouble{Word: client.ReEnrol}})
	}, []string{"broken certificate.ended", "broken hub.trouble"}},
	{"record refused", func(c *Computer) {
		hub(c, line{sight: answered(0), status: desk.LineStatus{Problem: client.RecordRefused, Total: 3, Safe: 3}})
	}, []string{"broken queue.refused"}},
}
