package main

import (
	"testing"

	"bottega/assets"
	"bottega/desk"
	"bottega/desk/civil"
)

func TestACorrectionChangesWhatItSaysAndWhatANewCodeSays(t *testing.T) {
	was := desk.Person{
		Surname: "INNOCENTI", Name: "BRUN", FiscalCode: "VRDGPP58C12E715O", BirthDate: civil.Date{Year: 1958, Month: 3, Day: 12}, Sex: "M",
		BirthPlace: "E715", Residence: "D612",
	}
	born := civil.Date{Year: 1949, Month: 4, Day: 18}
	bruna := desk.Person{
		Surname: "INNOCENTI", Name: "BRUNA", FiscalCode: "NNCBRN49D58D612D", BirthDate: born, Sex: "F", BirthPlace: "D612", Residence: "D612",
	}
	activation := desk.ActivationRequested{
		CardNumber: "0421550000000018", Holder: was,
		Document: desk.Document{Kind: "identity_card", Number: "CA00000AA", Expires: civil.Date{Year: 2020, Month: 1, Day: 1}},
	}
	for name, tc := range map[string]struct {
		script string
		record desk.Payload
		want   desk.Payload
	}{
		"the person of an exemption": {
			"fiscal_code: nncbrn49d58d612d\nname: BRUNA\n", &desk.ExemptionRequested{Person: was, Code: "E01"},
			desk.ExemptionRequested{Person: bruna, Code: "E01"},
		},
		"the code of an exemption": {"code: E02\n", &desk.ExemptionRequested{Person: was, Code: "E01"}, desk.ExemptionRequested{Person: was, Code: "E02"}},
		"a birth date that is told beside the code": {
			"fiscal_code: NNCBRN49D58D612D\nname: BRUNA\nbirth_date: 1949-04-19\n", &desk.ExemptionRequested{Person: was},
			desk.ExemptionRequested{Person: func() desk.Person { p := bruna; p.BirthDate.Day = 19; return p }()},
		},
		"the document of an activation": {
			"document: {number: CA12345AA, expires: 2030-04-18}\n", &activation, func() desk.Payload {
				right := activation
				right.Document.Number, right.Document.Expires = "CA12345AA", civil.Date{Year: 2030, Month: 4, Day: 18}
				return right
			}(),
		},
		"a record of another kind": {"name: BRUNA\n", &desk.NoteAdded{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var script correctionScript
			if err := assets.ReadYAML("giusta.yaml", []byte(tc.script), &script); err != nil {
				t.Fatal(err)
			}
			if got := script.applied(tc.record, civil.Date{Year: 2026, Month: 11, Day: 21}); got != tc.want {
				t.Errorf("\n got %+v\nwant %+v", got, tc.want)
			}
		})
	}
}
