package desk

// deskFact is a payload that says more than its visit has to know: it changes what is looked up across visits. These are read as they
// come, which is why there are few of them.
type deskFact interface {
	Payload
	tell(s *state, f *folder, e Entry)
}

func (p *SiteSet) tell(s *state, _ *folder, _ Entry) { s.site = *p }

func (p *VisitOpened) tell(s *state, f *folder, e Entry) { s.open(f, e.At) }

func (p *VisitNamed) tell(s *state, f *folder, _ Entry) { s.name(f, p.Person) }

func (p *VisitClosed) tell(s *state, f *folder, e Entry) { s.close(f, e) }

func (p *VisitErased) tell(s *state, _ *folder, _ Entry) { s.erase(p) }

func (p *ExportAccepted) tell(s *state, _ *folder, e Entry) {
	s.exports = append(s.exports, acceptedExport{ExportAccepted: *p, seq: e.Seq})
}

func (p *ActivationRequested) tell(s *state, f *folder, e Entry) { s.await(FollowActivation, f, e) }

func (p *ExemptionRequested) tell(s *state, f *folder, e Entry) { s.await(FollowExemption, f, e) }

func (p *FollowUpOpened) tell(s *state, f *folder, e Entry) { s.follow(f, e, *p) }

func (p *FollowUpClosed) tell(s *state, _ *folder, _ Entry) { s.settle(p.ID) }

// tell also puts a reply that came outside of the visit where it belongs.
func (p *ReplyReceived) tell(s *state, f *folder, e Entry) {
	if about := s.of[p.Reply.About]; about != nil && about != f {
		about.add(e)
	}
	s.answer(p.Reply)
}
