package main

import (
	"errors"
	"os"

	"github.com/goccy/go-yaml"
)

// readYAML reads a file that a person wrote. Every key must be known; a mistake is told with its line and column.
func readYAML(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	err = yaml.UnmarshalWithOptions(text, into, yaml.Strict())
	if err == nil {
		return nil
	}
	lineNumber, column, what := 1, 1, oneLine(err.Error())
	var wrong yaml.Error
	if errors.As(err, &wrong) && wrong.GetToken() != nil {
		at := wrong.GetToken().Position
		lineNumber, column, what = at.Line, at.Column, oneLine(wrong.GetMessage())
	}
	return failed("yaml", nil, "Path", path, "Line", lineNumber, "Column", column, "What", what)
}
