package doctor

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// system fills in what Windows tells of itself.
func (c *Computer) system() {
	c.Name = func(context.Context) string {
		v := windows.RtlGetVersion()
		return fmt.Sprintf("Windows %d.%d (%d)", v.MajorVersion, v.MinorVersion, v.BuildNumber)
	}
	c.USB = func(context.Context) ([]Device, bool) {
		devices, err := setupDevices()
		return devices, err == nil
	}
	c.Processes = func(context.Context) []Process { return snapshot() }
}

// setupDevices lists what is plugged into the USB bus now.
func setupDevices() ([]Device, error) {
	set, err := windows.SetupDiGetClassDevsEx(nil, "USB", 0, windows.DIGCF_ALLCLASSES|windows.DIGCF_PRESENT, 0, "")
	if err != nil {
		return nil, fmt.Errorf("listing the USB bus: %w", err)
	}
	defer func() { _ = set.Close() }() // a list in memory
	var devices []Device
	for i := 0; ; i++ {
		info, err := set.EnumDeviceInfo(i)
		if errors.Is(err, windows.ERROR_NO_MORE_ITEMS) {
			return devices, nil
		}
		if err != nil {
			return nil, fmt.Errorf("listing the USB bus: %w", err)
		}
		instance, err := set.DeviceInstanceID(info)
		if err != nil {
			continue // it was pulled out just now
		}
		kinds, err := set.DeviceRegistryProperty(info, windows.SPDRP_COMPATIBLEIDS)
		compatible, ok := kinds.([]string)
		if err != nil || !ok {
			compatible = nil
		}
		if d, ok := setupDevice(instance, compatible); ok {
			devices = append(devices, d)
		}
	}
}

// snapshot lists the programs that run. Windows shows their arguments to nobody else.
func snapshot() []Process {
	list, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil
	}
	defer func() { _ = windows.CloseHandle(list) }() // a list in memory
	var all []Process
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err := windows.Process32First(list, &entry); err == nil; err = windows.Process32Next(list, &entry) {
		all = append(all, Process{Name: windows.UTF16ToString(entry.ExeFile[:])})
	}
	return all
}
