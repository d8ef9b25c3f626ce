package walk

import (
	"maps"
	"slices"
)

// Action is something the desk does on a step. The set is closed: the desk has one implementation of each.
type Action string

// The actions.
const (
	RequestActivation Action = "request_activation" // asks for the card to be activated
	RecordEnvelope    Action = "record_envelope"    // keeps the number on the outside of the code envelope
	GiveReader        Action = "give_reader"        // records the serial number of the reader given
	TestCard          Action = "test_card"          // reads the card again and keeps which part answered
	TestPIN           Action = "test_pin"           // the holder types the PIN, and the card opens the test door where there is a line
	ChangePIN         Action = "change_pin"         // the holder chooses a new PIN
	NameHolder        Action = "name_holder"        // says who the card belongs to, where no chip says it
	CheckExemption    Action = "check_exemption"    // judges the facts; incomes are forgotten afterwards
	RequestExemption  Action = "request_exemption"  // asks the hub's registry for one code
)

// PaperName is a paper that a step makes.
type PaperName string

// The papers. MemoOrCertificate is the certificate when the registry confirmed the code, the memo otherwise.
const (
	PaperReceipt      PaperName = "receipt"
	PaperCardTest     PaperName = "card_test"
	PaperDeclaration  PaperName = "declaration"
	PaperMemo         PaperName = "memo"
	PaperCertificate  PaperName = "certificate"
	PaperTakeHome     PaperName = "take_home"
	MemoOrCertificate PaperName = "memo_or_certificate"
)

// Ids of answers that actions read. A content file uses exactly these.
const (
	AnswerPresence       = "presence" // an Ask with in_person, proxy, parent
	AnswerDocumentKind   = "document_kind"
	AnswerDocumentNumber = "document_number"
	AnswerDocumentExpiry = "document_expiry"
	AnswerDelegate       = "delegate"
	AnswerNotice         = "notice" // an Ask; given means that Service.Notice was given
	AnswerCardNumber     = "card_number"
	AnswerFiscalCode     = "fiscal_code"
	AnswerSurname        = "surname"
	AnswerGivenName      = "given_name"
	AnswerEnvelope       = "envelope"
	AnswerSerial         = "serial"
	AnswerCode           = "code"
	AnswerBirthDate      = "birth_date"
	AnswerRole           = "role" // an Ask: self, child, dependant
	AnswerMainBirthDate  = "main_birth_date"
	AnswerWork           = "work" // an Ask: working, lost_job, first_job, retired, no_work
	AnswerRegistered     = "registered"
	AnswerPension        = "pension" // an Ask: none, social, minimum, other
	AnswerSpouse         = "spouse"
	AnswerChildren       = "children"
	AnswerIncome         = "income"
	AnswerJobCentre      = "job_centre"
	AnswerDIDDate        = "did_date"
)

// Need is an answer that an action cannot do without.
type Need struct {
	Answer string
	// Unless holds back the need while another answer has this value.
	Unless, Is string
}

// actionSpec says what an action reads: needs must have been answered on every way to it, uses may have been.
type actionSpec struct {
	needs []Need
	uses  []string
}

func actions() map[Action]actionSpec {
	return map[Action]actionSpec{
		RequestActivation: {needs: []Need{
			{Answer: AnswerPresence}, {Answer: AnswerNotice}, {Answer: AnswerCardNumber},
			{Answer: AnswerDocumentKind}, {Answer: AnswerDocumentNumber}, {Answer: AnswerDocumentExpiry},
			{Answer: AnswerDelegate, Unless: AnswerPresence, Is: "in_person"},
		}},
		RecordEnvelope:   {needs: []Need{{Answer: AnswerEnvelope}}},
		GiveReader:       {needs: []Need{{Answer: AnswerSerial}}},
		TestCard:         {},
		TestPIN:          {},
		ChangePIN:        {},
		NameHolder:       {needs: []Need{{Answer: AnswerFiscalCode}, {Answer: AnswerSurname}, {Answer: AnswerGivenName}}},
		RequestExemption: {needs: []Need{{Answer: AnswerCode}}},
		CheckExemption: {
			needs: []Need{{Answer: AnswerBirthDate}, {Answer: AnswerRole}},
			uses: []string{
				AnswerMainBirthDate, AnswerWork, AnswerRegistered, AnswerPension, AnswerSpouse, AnswerChildren, AnswerIncome,
			},
		},
	}
}

// reads returns the ids of all answers that the step's action looks at.
func (s Step) reads() []string {
	spec := actions()[s.Action]
	ids := append([]string(nil), spec.uses...)
	for _, n := range spec.needs {
		ids = append(ids, n.Answer)
	}
	return ids
}

func (s Step) readsAny(ids []string) bool {
	return slices.ContainsFunc(s.reads(), func(id string) bool { return slices.Contains(ids, id) })
}

// madeFrom says what must have been done on every way to a paper, one of the listed being enough: a paper says what happened.
func madeFrom() map[PaperName][]Action {
	return map[PaperName][]Action{
		PaperReceipt: {RequestActivation}, PaperMemo: {CheckExemption}, PaperDeclaration: {CheckExemption},
		PaperCertificate: {RequestExemption}, MemoOrCertificate: {RequestExemption},
	}
}

// Actions returns every action, in alphabetical order.
func Actions() []Action { return slices.Sorted(maps.Keys(actions())) }

// Papers returns every paper a step can make.
func Papers() []PaperName {
	return []PaperName{
		PaperReceipt, PaperCardTest, PaperDeclaration, PaperMemo, PaperCertificate, PaperTakeHome, MemoOrCertificate,
	}
}
