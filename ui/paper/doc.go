// Package paper turns the facts of a desk.Paper into a PDF, and equal facts into equal bytes: a reprint needs no stored file.
//
// A paper is built in three steps, each of which knows nothing of the others' concern. The writer of its kind (certificate.go,
// memo.go, ...) says what stands on it, as a Document of headings, paragraphs, facts, tables and boxes. The layout measures that
// Document and flows it over pages. One driver (pdf.go) draws the pages; it is the only file of the program that knows gofpdf.
// The words are data, in assets/paper/{it,en}.json: they are part of the layout that desk.PaperTemplate numbers, which is
// why papers share no text with the windows.
//
// The windows, bottegactl and the hub import it. It imports desk and assets.
package paper
