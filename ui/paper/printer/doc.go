// Package printer hands finished papers over: to a printer by IPP (RFC 8010, RFC 8011), over HTTP or TLS, through the computer's
// own print service (CUPS) or straight to a printer on the network; to a folder; or to the program that shows PDFs.
//
// It prints PDF and nothing else. A printer that takes no PDF is told apart before anything is sent. Every wait has an end, and
// every failure is one of a closed set of codes, each with its words in assets/i18n/print.{it,en}.json.
//
// cmd and the windows import it. It imports desk.
package printer
