package desk

// Kind implements Payload.
func (SiteSet) Kind() Kind { return "site.set" }

// Kind implements Payload.
func (VisitOpened) Kind() Kind { return "visit.opened" }

// Kind implements Payload.
func (VisitNamed) Kind() Kind { return "visit.named" }

// Kind implements Payload.
func (PeriodStarted) Kind() Kind { return "visit.period" }

// Kind implements Payload.
func (NoteAdded) Kind() Kind { return "visit.note" }

// Kind implements Payload.
func (VisitRecorded) Kind() Kind { return "visit.recorded" }

// Kind implements Payload.
func (VisitClosed) Kind() Kind { return "visit.closed" }

// Kind implements Payload.
func (VisitErased) Kind() Kind { return "visit.erased" }

// Kind implements Payload.
func (ExportAccepted) Kind() Kind { return "export.accepted" }

// Kind implements Payload.
func (CardRead) Kind() Kind { return "card.read" }

// Kind implements Payload.
func (CardProved) Kind() Kind { return "card.proved" }

// Kind implements Payload.
func (WalkStarted) Kind() Kind { return "walk.started" }

// Kind implements Payload.
func (WalkAnswered) Kind() Kind { return "walk.answered" }

// Kind implements Payload.
func (WalkBack) Kind() Kind { return "walk.back" }

// Kind implements Payload.
func (WalkEnded) Kind() Kind { return "walk.ended" }

// Kind implements Payload.
func (ActivationRequested) Kind() Kind { return "activation.request" }

// Kind implements Payload.
func (EnvelopeRecorded) Kind() Kind { return "envelope.recorded" }

// Kind implements Payload.
func (HandoutGiven) Kind() Kind { return "handout.given" }

// Kind implements Payload.
func (ExemptionChecked) Kind() Kind { return "exemption.checked" }

// Kind implements Payload.
func (ExemptionRequested) Kind() Kind { return "exemption.requested" }

// Kind implements Payload.
func (PaperMade) Kind() Kind { return "paper.made" }

// Kind implements Payload.
func (PaperPrinted) Kind() Kind { return "paper.printed" }

// Kind implements Payload.
func (FollowUpOpened) Kind() Kind { return "followup.opened" }

// Kind implements Payload.
func (FollowUpClosed) Kind() Kind { return "followup.closed" }

// Kind implements Payload.
func (ReplyReceived) Kind() Kind { return "reply.received" }
