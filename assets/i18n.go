package assets

import "embed"

// I18n holds the translations, one fragment per part of the program: i18n/NAME.it.json and i18n/NAME.en.json.
//
//go:embed i18n/*.json
var I18n embed.FS
