package doctor

import (
	"context"
	"slices"

	"bottega/desk"
	"bottega/ui/checkup"
	"bottega/ui/paper/printer"
)

// lookAtPrinter looks at the printer that papers would go to: the chosen one, else the computer's own, else the only one.
func (c *Computer) lookAtPrinter(ctx context.Context, s *sheet) {
	var addresses []string
	if c.Printer != "" {
		addresses = append(addresses, c.Printer)
	}
	list, err := c.Printers(addresses...).List(ctx)
	if ctx.Err() != nil {
		return // told as late
	}
	switch i := c.ours(list); {
	case printer.CodeOf(err) == printer.NoService && c.System == "windows":
		s.note("printer", "by_address") // there our papers go to printers of the network, straight
	case err != nil:
		s.broken("printer", "no_list", printTrouble(string(printer.CodeOf(err)))...)
	case len(list) == 0:
		s.broken("printer", "none")
	case i < 0:
		s.note("printer", "not_chosen", "Count", len(list))
	case list[i].Ready:
		s.well("printer", "ready", "Name", list[i].Name)
	default:
		s.broken("printer", "trouble", append(printTrouble(list[i].Trouble), "Name", list[i].Name)...)
	}
}

// ours returns the place of the printer that papers would go to, -1 when the desk would ask which.
func (c *Computer) ours(list []desk.PrinterInfo) int {
	i := slices.IndexFunc(list, func(p desk.PrinterInfo) bool { return c.Printer != "" && p.URI == c.Printer })
	if i < 0 {
		i = slices.IndexFunc(list, func(p desk.PrinterInfo) bool { return p.Default })
	}
	if i < 0 && len(list) == 1 {
		i = 0
	}
	return i
}

// printTrouble is a printer's trouble in its own words; one of a newer driver is "asks for help".
func printTrouble(code string) []any {
	if !slices.Contains(printer.Codes(), printer.Code(code)) {
		code = string(printer.Attention)
	}
	return []any{"Trouble", checkup.Opening("print." + code + ".title"), "Advice", checkup.Key("print." + code + ".advice")}
}
