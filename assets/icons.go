package assets

import (
	"embed"
	"fmt"
)

//go:embed icons/*.svg
var iconFiles embed.FS

// Icon returns one of our own pictures, as SVG of one colour, by the name of its file without ".svg".
func Icon(name string) ([]byte, error) {
	b, err := iconFiles.ReadFile("icons/" + name + ".svg")
	if err != nil {
		return nil, fmt.Errorf("reading the picture %s: %w", name, err)
	}
	return b, nil
}
