package guard

import "testing"

func TestSecretsAreRefused(t *testing.T) {
	for _, text := range []string{
		"pin 12345", "PIN: 12345", "pin=12345", "Pin12345", "12345 pin", "il pin è 48213", "Il suo PIN nuovo è 48213.",
		"PIN 1 2 3 4 5", "pin 123-45", "pin 12 34 56 78", "PIN carta 48213", "il pin della signora è 1234",
		"puk 12345678", "PUK: 1234 5678", "PUK=12345678", "cip 1234567", "CIP: 12345678",
		"otp 482913", "OTP 482 913", "codice OTP: 482913", "è arrivato l'otp 482913", "482913 è l'OTP",
		"codice sms 482913", "il codice è 482913", "codice: 482913", "codice 482913", "codice di verifica 482913",
		"codice segreto 5521", "codice monouso 113355", "the code is 482913", "one-time code 482913", "verification code: 482913",
		"pin uno due tre quattro cinque", "PIN one two three four five", "il numero segreto è 99112",
		"password: gatto", "password=Gatto2024", "Password SPID: Gatto2024!", "la password è Gatto2024!", "pwd: abcd",
		"psw Luna1958", "pass: fiorentina", "la parola chiave è Nonna_58", "password is Summer2024", "new password: sunshine",
		"spid mario.rossi@example.it / Gatto2024", "credenziali spid mrossi Gatto2024!", "utente mrossi password Gatto24x",
		"login: mrossi / gatto_1958", "user mrossi pass Gatto1958", "Richiamare lunedì. PIN 48213",
		"prot. 4471, pin 48213", "il 05/03/2026 il pin era 48213", "48213", "482913", "1234 5678", "12345678",
		"CVV 9921 della carta", "P.I.N. 48213", "pasword: gatto", "passward Luna_1958", "la password di SPID è Mario1950", "PIN CODE 48213", "ha il pin, è 20582",
	} {
		if LooksSecret(text) == Nothing {
			t.Errorf("%q went through", text)
		}
	}
}

func TestOrdinaryRemarksGoThrough(t *testing.T) {
	for _, text := range []string{
		"", "Tutto bene.", "PIN bloccato", "PIN sbagliato 3 volte", "Ha perso il PIN e il PUK", "Busta PIN consegnata",
		"PIN cambiato il 05/03/2026", "pin bloccato dal 2024", "PIN chiesto alle 12:30", "PUK richiesto, prot. 12345",
		"protocollo n. 12345/2026", "prot. 0012345 del 3/4/2026", "pratica 123456", "busta 00421736", "busta n. B-2026-004217",
		"ricevuta n. 20260012", "lettore S/N 20481377", "richiesta numero 482913", "prenotazione 12345678",
		"chiamare 800 004477 per il PIN", "PIN perso: telefonare 06 77619420", "cell. 333 1234567 per il pin",
		"tel 0583 123456", "numero verde 800004477", "800 004477", "055 545454", "333 1234567", "+39 333 1234567",
		"RSSMRA50C05D612X", "la password è scaduta", "password dimenticata", "password: dimenticata", "Password: da cambiare non oggi…",
		"La password l'ha scritta il figlio", "SPID attivato con Poste", "SPID: scaduto il documento CA12345AB",
		"utente mario.rossi@example.it", "login su www.example.it riuscito", "credenziali perse, torna il 12/12/2026",
		"codice fiscale RSSMRA50C05D612X", "codice esenzione E02", "codice E01 dal 2025", "codice prenotazione 12345678",
		"ha pagato 12,50 euro", "limite di 8.263,31", "reddito sotto il limite di 36.151,98", "PIN: costa 6 euro l'anno",
		"opinione di 12345 persone", "via Pini 12345", "spin 12345", "due buste, quattro lettori", "stanza 1204",
		"tessera n. 80380000900123456782", "PIN spiegato a 2 persone", "6090012345678000", "Torna il 14.12.2026",
		"the PIN was blocked in 2024", "called 0583 123456 about the PIN", "envelope 00421736", "password forgotten",
		"SPID è pronto?", "la password funziona!", "Ricorda nome utente e password?",
		"classe 1950, PIN perso", "chiesto nuovo PIN, 0583 123456", "CAP 50123, PIN perso",
		"L'OTP non arriva", "OTP arrivato dopo 10 minuti", "codice: E03",
	} {
		if why := LooksSecret(text); why != Nothing {
			t.Errorf("%q was refused: %s", text, why)
		}
	}
}

func TestAFieldOfItsOwnTakesABareNumber(t *testing.T) {
	for _, number := range []string{"48213", "00421736", "SN-20481377", "CA12345AB"} {
		if why := NamesSecret(number); why != Nothing {
			t.Errorf("%q was refused: %s", number, why)
		}
	}
	if NamesSecret("PIN 48213") != Code {
		t.Error("a PIN named in a field went through")
	}
}

func FuzzLooksSecret(f *testing.F) {
	for _, s := range []string{"pin 12345", "password: gatto", "prot. 12345", "codice 482913", "…", "pin\x00\xff1 2 3 4"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		// Nothing around it may hide a PIN that stands in a sentence of its own.
		if LooksSecret(s+"\npin 48213\n"+s) == Nothing {
			t.Errorf("the PIN after %q went through", s)
		}
	})
}
