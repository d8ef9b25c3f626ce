package cards

import "embed"

// Computer holds, in computer/, what is known of the computers that cards are read on: readers.yaml, the readers met in Italy and
// the driver that each needs, and programs.yaml, the programs that use cards too.
//
//go:embed computer/*.yaml
var Computer embed.FS
