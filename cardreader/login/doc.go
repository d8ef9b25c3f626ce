// Package login lets a card show itself where people log in with it: a mutual TLS handshake and one request, with the hub's test
// door or with any portal. It knows TLS and HTTP and no card: who holds the key hands over a function that shows it.
//
// Whoever answers is somebody else: the server's certificate is verified, every wait and every length has a limit, and no
// redirect is followed, so that a certificate, which names its holder, never travels to another host.
// Programs and tests import it; it imports the standard library, desk and cardreader.
package login
