package doctor

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"

	"bottega/assets"
	"bottega/assets/cards"
)

// Device is something on the USB bus.
type Device struct {
	Vendor, Product uint16
	// CardReader says that the device itself claims to be one.
	CardReader bool
}

// model is a reader met in Italy, a row of assets/cards/readers.yaml.
type model struct {
	USB    string `yaml:"usb"`
	Name   string `yaml:"name"`
	Driver string `yaml:"driver"`
}

// models reads the table of readers.
func models() ([]model, error) {
	var table struct {
		Readers []model `yaml:"readers"`
	}
	data, err := cards.Computer.ReadFile("computer/readers.yaml")
	if err != nil {
		return nil, fmt.Errorf("opening the table of readers: %w", err)
	}
	if err := assets.ReadYAML("readers.yaml", data, &table); err != nil {
		return nil, fmt.Errorf("reading the table of readers: %w", err)
	}
	return table.Readers, nil
}

// The drivers that a reader may need.
const (
	driverCCID  = "ccid"  // the one that comes with the card service
	driverMaker = "maker" // one of the maker's own
)

// lookForReaders says why the card service shows no reader: nothing is plugged in, or what is plugged in has no driver.
func (c *Computer) lookForReaders(ctx context.Context, s *sheet) {
	devices, seen := c.USB(ctx)
	table, err := models()
	if err != nil || !seen {
		s.broken("reader", "none")
		return
	}
	found := false
	drivers := c.drivers()
	for _, d := range devices {
		id := fmt.Sprintf("%04X:%04X", d.Vendor, d.Product)
		known := model{Name: "USB " + id, Driver: driverCCID}
		inTable := false
		for _, m := range table {
			if m.USB == id {
				known, inTable = m, true
			}
		}
		if !d.CardReader && !inTable {
			continue
		}
		found = true
		switch {
		case drivers.serves(d):
			s.broken("reader", "not_seen", "Model", known.Name)
		case known.Driver == driverMaker:
			s.broken("reader", "maker_driver", "Model", known.Name)
		case drivers == nil:
			s.broken("reader", "not_seen", "Model", known.Name)
		default:
			s.broken("reader", "no_driver", "Model", known.Name)
		}
	}
	if !found {
		s.broken("reader", "none")
	}
}

// sysfsDevices reads the bus as Linux shows it (sysfs, Documentation/ABI/testing/sysfs-bus-usb).
func sysfsDevices(files fs.FS) ([]Device, bool) {
	const bus = "sys/bus/usb/devices"
	if _, err := fs.Stat(files, bus); err != nil {
		return nil, false
	}
	entries, err := fs.ReadDir(files, bus)
	if err != nil {
		return nil, false
	}
	var devices []Device
	for _, e := range entries {
		vendor, okVendor := hexFile(files, path.Join(bus, e.Name(), "idVendor"))
		product, okProduct := hexFile(files, path.Join(bus, e.Name(), "idProduct"))
		if !okVendor || !okProduct {
			continue
		}
		devices = append(devices, Device{Vendor: vendor, Product: product, CardReader: claimsCards(files, bus, e.Name(), entries)})
	}
	return devices, true
}

// claimsCards reports whether an interface of a device is of class 0B, "smart card" in the tables of the USB forum. The interfaces
// of device 1-4 are called 1-4:1.0, 1-4:1.1.
func claimsCards(files fs.FS, bus, device string, entries []fs.DirEntry) bool {
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), device+":") {
			continue
		}
		if class, ok := hexFile(files, path.Join(bus, e.Name(), "bInterfaceClass")); ok && class == 0x0B {
			return true
		}
	}
	return false
}

func hexFile(files fs.FS, name string) (uint16, bool) {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(data)), 16, 16)
	return uint16(n), err == nil
}

// drivers are what the drivers installed for pcscd say of themselves; nil where that cannot be seen.
type drivers []driver

// driver is one bundle of pcscd's.
type driver struct {
	serves map[uint32]bool
	// dumps says that it writes every byte between reader and card to the log.
	dumps bool
}

func (all drivers) serves(d Device) bool {
	for _, one := range all {
		if one.serves[uint32(d.Vendor)<<16|uint32(d.Product)] {
			return true
		}
	}
	return false
}

// drivers reads the drivers' own lists of the readers that they serve: pcscd loads a driver by these lists alone.
func (c *Computer) drivers() drivers {
	if c.System != "linux" {
		return nil
	}
	bundles := drivers{}
	for _, pattern := range []string{"usr/lib/pcsc/drivers/*/Contents/Info.plist", "usr/lib*/*/pcsc/drivers/*/Contents/Info.plist",
		"usr/lib64/pcsc/drivers/*/Contents/Info.plist", "usr/local/lib/pcsc/drivers/*/Contents/Info.plist"} {
		files, err := fs.Glob(c.Files, pattern)
		if err != nil {
			continue
		}
		for _, file := range files {
			if data, err := fs.ReadFile(c.Files, file); err == nil {
				bundles = append(bundles, readBundle(string(data)))
			}
		}
	}
	return bundles
}

var (
	bundleKey    = regexp.MustCompile(`(?s)<key>(ifd[A-Za-z]+)</key>\s*(?:<array>(.*?)</array>|<string>(.*?)</string>)`)
	bundleString = regexp.MustCompile(`<string>\s*(0x[0-9A-Fa-f]+)\s*</string>`)
)

// dumpsBytes is the bit of ifdLogLevel that makes a driver write every byte to the log.
const dumpsBytes = 4

// readBundle reads the list of a driver, a property list whose arrays of vendors and products go side by side.
func readBundle(list string) driver {
	d := driver{serves: map[uint32]bool{}}
	arrays := map[string][]uint64{}
	for _, found := range bundleKey.FindAllStringSubmatch(list, -1) {
		for _, n := range bundleString.FindAllStringSubmatch(found[2], -1) {
			value, _ := strconv.ParseUint(n[1], 0, 16) // what is no number of an USB device is none that will be asked for
			arrays[found[1]] = append(arrays[found[1]], value)
		}
		if level, err := strconv.ParseUint(found[3], 0, 16); err == nil && found[1] == "ifdLogLevel" {
			d.dumps = level&dumpsBytes != 0
		}
	}
	vendors, products := arrays["ifdVendorID"], arrays["ifdProductID"]
	for i := range min(len(vendors), len(products)) {
		d.serves[uint32(vendors[i])<<16|uint32(products[i])] = true
	}
	return d
}

var (
	ioregVendor  = regexp.MustCompile(`"idVendor" = (\d+)`)
	ioregProduct = regexp.MustCompile(`"idProduct" = (\d+)`)
	ioregClass   = regexp.MustCompile(`"bInterfaceClass" = 11\b`)
)

// ioregDevices reads what macOS prints for "ioreg -p IOUSB -l -w 0": each device begins with a line that holds "+-o ".
func ioregDevices(printed string) []Device {
	var devices []Device
	for _, part := range strings.Split(printed, "+-o ") {
		vendor, product := ioregVendor.FindStringSubmatch(part), ioregProduct.FindStringSubmatch(part)
		if vendor == nil || product == nil {
			continue
		}
		v, errV := strconv.ParseUint(vendor[1], 10, 16)
		p, errP := strconv.ParseUint(product[1], 10, 16)
		if errV == nil && errP == nil {
			devices = append(devices, Device{Vendor: uint16(v), Product: uint16(p), CardReader: ioregClass.MatchString(part)})
		}
	}
	return devices
}

var setupID = regexp.MustCompile(`(?i)^USB\\VID_([0-9A-F]{4})&PID_([0-9A-F]{4})`)

// setupDevice reads how Windows calls a device: USB\VID_25DD&PID_3111\..., and what it is compatible with: USB\Class_0B...
func setupDevice(instance string, compatible []string) (Device, bool) {
	found := setupID.FindStringSubmatch(instance)
	if found == nil {
		return Device{}, false
	}
	vendor, errV := strconv.ParseUint(found[1], 16, 16)
	product, errP := strconv.ParseUint(found[2], 16, 16)
	d := Device{Vendor: uint16(vendor), Product: uint16(product)}
	for _, id := range compatible {
		d.CardReader = d.CardReader || strings.HasPrefix(strings.ToUpper(id), `USB\CLASS_0B`)
	}
	return d, errV == nil && errP == nil
}
