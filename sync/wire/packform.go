package wire

import "fmt"

// PackFormError says what of a pack is not as packs are made. It matches ErrPackForm.
type PackFormError struct {
	// Fault is a stable word, one of PackFaults.
	Fault string
	// Path is the file that it is about, empty when it is about the whole.
	Path string
}

// The faults in the form of a pack.
const (
	PackPath        = "path"        // no path inside a folder, or too long
	PackOutside     = "outside"     // a file that stands outside the folders
	PackFolder      = "folder"      // a folder that packs do not have
	PackCharacters  = "characters"  // other characters than letters, digits, hyphen, underscore and dot
	PackDot         = "dot"         // a name that begins or ends with a dot
	PackDevice      = "device"      // the name of a device of Windows
	PackEnding      = "ending"      // another ending than the files of its folder have
	PackTwin        = "twin"        // a path that is another file's too, where capitals are not told apart
	PackNoFile      = "no_file"     // a link, or something else that is no file
	PackFileSize    = "file_size"   // a file larger than one can be
	PackSize        = "size"        // more files, or more bytes of them, than a pack can have
	PackEmpty       = "empty"       // no files at all
	PackDescription = "description" // the description is not one, or not of these files
)

// PackFaults returns every fault of this version.
func PackFaults() []string {
	return []string{
		PackPath, PackOutside, PackFolder, PackCharacters, PackDot, PackDevice, PackEnding, PackTwin, PackNoFile, PackFileSize, PackSize, PackEmpty,
		PackDescription,
	}
}

// Error implements error.
func (e *PackFormError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("%v (%s)", ErrPackForm, e.Fault)
	}
	return fmt.Sprintf("%v (%s: %q)", ErrPackForm, e.Fault, e.Path)
}

// Is implements the match with ErrPackForm.
func (e *PackFormError) Is(target error) bool { return target == ErrPackForm }

// packFault makes a PackFormError.
func packFault(fault, path string) error { return &PackFormError{Fault: fault, Path: path} }
