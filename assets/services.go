package assets

import (
	"embed"
	"fmt"
	"io/fs"
	"path"

	"bottega/desk/walk"
)

//go:embed services/*.yaml services/service.schema.json
var serviceFiles embed.FS

// Services returns the services that travel inside the program, in the order of their files.
func Services() ([]*walk.Service, error) {
	files, err := fs.Sub(serviceFiles, "services")
	if err != nil {
		return nil, fmt.Errorf("opening the embedded services: %w", err)
	}
	return LoadServices(files)
}

// ServiceSchema returns the JSON Schema of a service file, for editors that complete and check while one types.
func ServiceSchema() ([]byte, error) {
	return serviceFiles.ReadFile("services/service.schema.json")
}

// LoadServices reads every *.yaml of a folder as a service. One problem anywhere and none is returned: the error is then a
// *ContentError that lists them all.
func LoadServices(files fs.FS) ([]*walk.Service, error) {
	var services []*walk.Service
	var wrong ContentError
	owners := map[string]string{}
	err := eachYAML(files, func(name string, data []byte) {
		s := new(walk.Service)
		doc := decode(name, data, s)
		if len(doc.problems) == 0 {
			doc.lint(s, owners)
		}
		wrong.Problems = append(wrong.Problems, doc.problems...)
		services = append(services, s)
	})
	switch {
	case err != nil:
		return nil, err
	case len(wrong.Problems) > 0:
		return nil, &wrong
	}
	return services, nil
}

// ReadService reads one service file, as LoadServices does.
func ReadService(name string, data []byte) (*walk.Service, error) {
	s := new(walk.Service)
	doc := decode(name, data, s)
	if len(doc.problems) == 0 {
		doc.lint(s, map[string]string{})
	}
	if len(doc.problems) > 0 {
		return nil, &ContentError{Problems: doc.problems}
	}
	return s, nil
}

// lint adds what the linter finds, and an id that another file owns already.
func (d *document) lint(s *walk.Service, owners map[string]string) {
	// Ways are tried around the day of the last check, so that a file that is good today is good tomorrow.
	for _, p := range walk.Lint(s, s.Checked) {
		d.add(d.locate(p.At), p.Text)
	}
	if owner, taken := owners[s.ID]; taken {
		d.report(d.locate("$.id"), "L'id %q è già del file %s: scegline un altro", "The id %q already belongs to the file %s: choose another", s.ID, owner)
	}
	owners[s.ID] = d.name
}

// eachYAML hands every *.yaml of a folder over, in the order of their names.
func eachYAML(files fs.FS, each func(name string, data []byte)) error {
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return fmt.Errorf("listing content files: %w", err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return fmt.Errorf("reading the content file %s: %w", name, err)
		}
		each(path.Base(name), data)
	}
	return nil
}
