// Package widgets is what both windows are built from: text that wraps, buttons that say their shortcut and why they are off,
// fields, choices, notices, progress, and the layouts that hold them.
//
// The windows (ui/facilitator, ui/citizen) and cmd/bottega import it. It knows the toolkit and the look (ui/theme), and nothing
// of visits or cards: it is handed words already in the right language.
//
// Three rules hold for everything here. Screens are plain containers, because the screen readers' walker descends through
// nothing else, and what can have the focus says its own name (fyne.Accessible). Whatever the mouse can do, the keyboard can:
// Enter or Space on what has the focus, and keys that a widget does not use travel on to the window (see Keys). Nothing is told
// by colour alone.
//
// Text that wraps is as tall as its width makes it, and the toolkit's own boxes ask for the height first. So screens use the
// layouts of this package (Column, Row, Beside, Tiles, SideBySide, Padded, Panel, Page), which ask for the width first.
package widgets
