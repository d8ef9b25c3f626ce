package doctor

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestTheTableOfReadersIsWhole(t *testing.T) {
	table, err := models()
	if err != nil || len(table) < 10 {
		t.Fatalf("%d readers, %v", len(table), err)
	}
	id := regexp.MustCompile(`^[0-9A-F]{4}:[0-9A-F]{4}$`)
	seen := map[string]bool{}
	for _, m := range table {
		if !id.MatchString(m.USB) || seen[m.USB] || m.Name == "" || !slices.Contains([]string{driverCCID, driverMaker}, m.Driver) {
			t.Errorf("the row %+v is not one of a reader, or stands there twice", m)
		}
		seen[m.USB] = true
	}
}

// The computer that tests run on has libccid, whose own list says whether the table is right.
func TestTheTableAgreesWithTheDriverOnThisComputer(t *testing.T) {
	c := &Computer{}
	c.Linux(os.DirFS("/"))
	installed := c.drivers()
	if len(installed) == 0 || len(installed[0].serves) < 100 {
		t.Fatalf("missing for this test: apt-get install -y libccid (found %d drivers)", len(installed))
	}
	table, err := models()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range table {
		var d Device
		if _, err := fmt.Sscanf(m.USB, "%04X:%04X", &d.Vendor, &d.Product); err != nil {
			t.Fatal(err)
		}
		if installed.serves(d) != (m.Driver == driverCCID) {
			t.Errorf("%s: the table says %s, the driver says %t", m.Name, m.Driver, installed.serves(d))
		}
	}
}

func TestTheTableOfProgramsIsWhole(t *testing.T) {
	table, err := programs()
	if err != nil || len(table) < 5 {
		t.Fatalf("%d programs, %v", len(table), err)
	}
	seen := map[string]bool{}
	for _, p := range table {
		if p.Name == "" || len(p.Processes) == 0 {
			t.Errorf("the row %+v is not one of a program", p)
		}
		for _, process := range p.Processes {
			if process != strings.ToLower(process) || strings.HasSuffix(process, ".exe") || seen[process] {
				t.Errorf("%s: the process %q is not written as the table wants it, or stands there twice", p.Name, process)
			}
			seen[process] = true
		}
	}
}

func TestAProcessIsKnownHoweverTheSystemWritesIt(t *testing.T) {
	for _, tt := range []struct {
		process, name string
		want          bool
	}{
		{"pcsc_scan", "pcsc_scan", true},
		{"Firefox.EXE", "firefox", true},
		{"chromium-browse", "chromium-browser", true}, // Linux keeps 15 letters
		{"chromium", "chromium-browser", false},
		{"firefoxes", "firefox", false},
		{"", "firefox", false},
	} {
		if got := (Process{Name: tt.process}).is(tt.name); got != tt.want {
			t.Errorf("%q is %q: %t", tt.process, tt.name, got)
		}
	}
}

func TestTheProgramsThatMayHoldACardAreNamedOnce(t *testing.T) {
	c := healthy()
	with(c, "proc/12/comm", "firefox-esr\n", "proc/13/comm", "firefox-esr\n", "proc/14/comm", "scdaemon\n", "proc/15/comm", "editor\n")
	if got := c.cardPrograms(t.Context()); got != "Firefox, GnuPG" {
		t.Errorf("named %q", got)
	}
}

func TestDevicesAreReadAsEachSystemShowsThem(t *testing.T) {
	reader := Device{Vendor: 0x25DD, Product: 0x3111, CardReader: true}
	t.Run("Windows", func(t *testing.T) {
		got, ok := setupDevice(`USB\VID_25DD&PID_3111\5&2C3D`, []string{`USB\Class_0b&SubClass_00`, `USB\Class_0b`})
		if !ok || got != reader {
			t.Errorf("got %+v, %t", got, ok)
		}
		if got, ok := setupDevice(`USB\VID_046D&PID_C077&MI_00\7`, []string{`USB\Class_03`}); !ok || got.CardReader {
			t.Errorf("a mouse is %+v, %t", got, ok)
		}
		if got, ok := setupDevice(`USB\ROOT_HUB30\4`, nil); ok {
			t.Errorf("a hub is %+v", got)
		}
	})
	t.Run("macOS", func(t *testing.T) {
		printed := "+-o Root  <class IORegistryEntry>\n  +-o AppleUSBXHCI Root Hub\n  |  {\n  |    \"idProduct\" = 32775\n  |    \"idVendor\" = 1452\n  |  }\n" +
			"  +-o miniLector@14100000\n      {\n        \"bDeviceClass\" = 0\n        \"idProduct\" = 12561\n        \"idVendor\" = 9693\n        \"bInterfaceClass\" = 11\n      }\n" +
			"  +-o odd\n \"idProduct\" = 99999999999\n \"idVendor\" = 1\n"
		got := ioregDevices(printed)
		if want := []Device{{Vendor: 1452, Product: 32775}, reader}; !slices.Equal(got, want) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("Linux", func(t *testing.T) {
		bus := files("sys/bus/usb/devices/1-4/idVendor", "25dd\n", "sys/bus/usb/devices/1-4/idProduct", "3111\n",
			"sys/bus/usb/devices/1-4:1.0/bInterfaceClass", "0b\n", "sys/bus/usb/devices/1-40/idVendor", "046d\n", "sys/bus/usb/devices/1-40/idProduct", "c077\n",
			"sys/bus/usb/devices/1-40:1.0/bInterfaceClass", "03\n", "sys/bus/usb/devices/1-5/idVendor", "boh\n", "sys/bus/usb/devices/1-5/idProduct", "3111\n")
		got, seen := sysfsDevices(bus)
		if want := []Device{reader, {Vendor: 0x046D, Product: 0xC077}}; !seen || !slices.Equal(got, want) {
			t.Errorf("got %+v, %t", got, seen)
		}
		if got, seen := sysfsDevices(fstest.MapFS{}); seen {
			t.Errorf("a computer without a bus has %+v", got)
		}
	})
}

func TestProcessesAreReadAsPsPrintsThem(t *testing.T) {
	got := psProcesses("COMM\n/Applications/Firefox.app/Contents/MacOS/firefox\nscdaemon\n\n")
	if len(got) != 3 || !got[1].is("firefox") || !got[2].is("scdaemon") {
		t.Errorf("got %+v", got)
	}
}

func FuzzReadBundle(f *testing.F) {
	f.Add(bundle("0x25DD", "0x3111", "0x0007"))
	f.Add("<key>ifdVendorID</key><array><string>0xFFFFFFFFF</string></array><key>ifdProductID</key><array/>")
	f.Fuzz(func(_ *testing.T, list string) { readBundle(list) })
}

func FuzzIoreg(f *testing.F) {
	f.Add("+-o x\n\"idVendor\" = 9693\n\"idProduct\" = 12561\n\"bInterfaceClass\" = 11\n")
	f.Fuzz(func(_ *testing.T, printed string) { ioregDevices(printed) })
}
