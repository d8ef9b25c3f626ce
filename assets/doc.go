// Package assets is the content that travels inside the programs: services, rules, translations, fonts, icons, practice cards.
//
// Every room may import it; it imports nothing but desk. What is here is data: changing it needs no knowledge of the code.
package assets
