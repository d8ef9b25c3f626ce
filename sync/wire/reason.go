package wire

// The reasons that a hub gives in desk.Reply.Reason. The set is closed for this version: each has a translation,
// "line.reason.<reason>", and a desk that meets another one shows "line.reason.other".
const (
	ReasonCardUnknown    = "card_unknown"    // no card with this number in the registry
	ReasonCardRevoked    = "card_revoked"    // the card was withdrawn
	ReasonCardExpired    = "card_expired"    // the card's expiry has passed
	ReasonHolderMismatch = "holder_mismatch" // the card belongs to another fiscal code
	ReasonAlreadyActive  = "already_active"  // there is nothing to activate
	ReasonNotYetValid    = "not_yet_valid"   // the exemption begins on a later day
	ReasonUnreadable     = "unreadable"      // the record makes no sense to the hub
	ReasonIncomplete     = "incomplete"      // the record lacks what the answer needs
	ReasonFiscalCode     = "fiscal_code"     // the fiscal code in the record cannot be right
)

// Reasons returns every reason of this version.
func Reasons() []string {
	return []string{
		ReasonCardUnknown, ReasonCardRevoked, ReasonCardExpired, ReasonHolderMismatch, ReasonAlreadyActive, ReasonNotYetValid,
		ReasonUnreadable, ReasonIncomplete, ReasonFiscalCode,
	}
}
