package cardnumber

import "strings"

// Region returns the name of the Region or autonomous Province with a three-digit code, as it calls itself: "Regione Toscana" is
// 090. It is empty for a code that nobody has.
func Region(code string) string { return regions[code] }

// regions are the issuers of health cards by their code in card numbers (AgID, CNS file system v11).
var regions = map[string]string{
	"010": "Regione Piemonte",
	"020": "Regione Autonoma Valle d'Aosta",
	"030": "Regione Lombardia",
	"041": "Provincia autonoma di Bolzano",
	"042": "Provincia autonoma di Trento",
	"050": "Regione del Veneto",
	"060": "Regione Autonoma Friuli Venezia Giulia",
	"070": "Regione Liguria",
	"080": "Regione Emilia-Romagna",
	"090": "Regione Toscana",
	"100": "Regione Umbria",
	"110": "Regione Marche",
	"120": "Regione Lazio",
	"130": "Regione Abruzzo",
	"140": "Regione Molise",
	"150": "Regione Campania",
	"160": "Regione Puglia",
	"170": "Regione Basilicata",
	"180": "Regione Calabria",
	"190": "Regione Siciliana",
	"200": "Regione Autonoma della Sardegna",
}

// IssuerName returns the Region that a card number of sixteen digits names, empty for cards that no Region issued.
func IssuerName(number string) string {
	if len(number) != Length || !strings.HasPrefix(number, citizen) && !strings.HasPrefix(number, operator) {
		return ""
	}
	return regions[number[1:4]]
}
