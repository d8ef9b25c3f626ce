// Package cards embeds what cards are made of and read by: the layouts of card models, the practice people and the practice
// certification authority. All of it is content; README.md in this folder says what each file is. It imports nothing;
// cardreader/cns reads the layouts and cardreader/practice the rest.
package cards

import "embed"

// Files holds the folder's content.
//
//go:embed *.yaml practice.json practice_ca.key.pem practice_cards_1024.key.pem practice_cards_2048.key.pem
var Files embed.FS
