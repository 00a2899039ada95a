package workflow

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// status of a candidate: what its clauses and approvals say together.
type status uint8

const (
	ready    status = iota // every clause true, the actor may approve
	isFalse                // a clause is false
	missing                // no clause false or in error, one is missing
	inError                // a clause is in error
	awaiting               // clauses not false, the actor may not approve
)

type candidate struct {
	*edge
	status   status
	untrue   []answer  // clauses that are not true
	consents []Blocker // why the actor may not approve
	have     int       // approvals with this one
}

// answer is a clause's verdict, kept until somebody has to be told why.
type answer struct {
	clause  *clause
	verdict Verdict
	problem string
}

// oneInEachRegion searches outward from each active leaf, level by level, and stops at the first level that decides.
// Exactly one candidate may be ready in a region, and no two regions may disturb each other: otherwise the template has a
// defect, and nothing moves. A region without a ready candidate stays where it is; blockers say why when none has one.
func (s *macrostep) oneInEachRegion(event string) (chosen []*candidate, blockers []Blocker) {
	levels := map[*State][]*candidate{} // a level around several regions is judged once
	blocks := map[*State]bool{}         // and where it is neither true nor false, it stops the search from all of them
	var approvals, guards, refused []Blocker
	for _, leaf := range s.at {
		for level := leaf; level != nil; level = level.Parent {
			candidates, seen := levels[level]
			if !seen {
				candidates = s.judge(s.m.edges[level][event])
				levels[level] = candidates
			}
			found := readyOnes(candidates)
			if len(found) > 1 {
				return nil, []Blocker{ambiguous(event, found)}
			}
			if len(found) == 1 {
				if !slices.Contains(chosen, found[0]) {
					chosen = append(chosen, found[0])
				}
				break
			}
			if blocks[level] {
				break
			}
			if seen {
				continue
			}
			waits, unmet, others := s.explainLevel(candidates)
			approvals, guards, refused = append(approvals, waits...), append(guards, unmet...), append(refused, others...)
			if blocks[level] = len(waits)+len(unmet) > 0; blocks[level] {
				break
			}
		}
	}
	if clash := s.clash(chosen); clash != nil {
		return nil, []Blocker{ambiguous(event, clash)}
	}
	// Approvals come before guards: who may not approve is not told the figures.
	for _, reason := range [][]Blocker{approvals, guards} {
		if len(chosen) == 0 && len(reason) > 0 {
			return nil, reason
		}
	}
	return chosen, refused
}

// clash is two candidates that cannot fire together.
func (s *macrostep) clash(chosen []*candidate) []*candidate {
	for i, x := range chosen {
		for _, y := range chosen[:i] {
			if s.m.conflict(x.edge, y.edge, s.at, s.inst.History) {
				return []*candidate{y, x}
			}
		}
	}
	return nil
}

func readyOnes(candidates []*candidate) []*candidate {
	var out []*candidate
	for _, c := range candidates {
		if c.status == ready {
			out = append(out, c)
		}
	}
	return out
}

// explainLevel explains candidates that are not ready: those that wait for an approval, and those missing a fact or in error,
// are neither true nor false and stop the search; the false ones do not.
func (s *macrostep) explainLevel(candidates []*candidate) (approvals, guards, refused []Blocker) {
	for _, c := range candidates {
		switch c.status {
		case awaiting:
			approvals = append(approvals, c.consents...)
		case missing, inError:
			guards = append(guards, s.explainAll(c)...)
		case isFalse:
			refused = append(refused, s.explainAll(c)...)
		}
	}
	return approvals, guards, refused
}

func (s *macrostep) explainAll(c *candidate) []Blocker {
	var out []Blocker
	for _, a := range c.untrue {
		out = append(out, s.blockers(a.clause, a.verdict, a.problem)...)
	}
	return out
}

// judge evaluates all clauses of all candidates of a level, then settles the otherwise among them.
func (s *macrostep) judge(edges []*edge) []*candidate {
	out := make([]*candidate, 0, len(edges))
	var otherwise *candidate
	unsettled := false
	for _, e := range edges {
		c := &candidate{edge: e}
		out = append(out, c)
		if e.Otherwise {
			otherwise = c
			continue
		}
		s.clauses(c)
		s.approve(c)
		unsettled = unsettled || c.status != isFalse
	}
	if otherwise != nil {
		if otherwise.status = isFalse; !unsettled {
			otherwise.status = ready
			s.approve(otherwise)
		}
	}
	return out
}

// clauses evaluates every guard: error beats false beats missing beats true.
func (s *macrostep) clauses(c *candidate) {
	worst := True
	for _, clause := range c.edge.clauses {
		v, problem := clause.eval(&s.evaluation)
		if v == Missing && s.asking && s.onlyPayload(clause) {
			v = True
		}
		s.outcomes = append(s.outcomes, ClauseOutcome{Transition: c.ID, Guard: clause.guard.ID, Outcome: v})
		if v.rank() > worst.rank() {
			worst = v
		}
		if v != True {
			c.untrue = append(c.untrue, answer{clause, v, problem})
		}
		s.failed = nil
	}
	switch worst {
	case Error:
		c.status = inError
	case False:
		c.status = isFalse
	case Missing:
		c.status = missing
	}
}

// onlyPayload tells a clause that waits for nothing but what the sender will fill in: it does not close the form.
func (s *macrostep) onlyPayload(c *clause) bool {
	out, _, _ := c.program.Eval(&s.evaluation)
	names := missingMembers(out)
	return len(names) > 0 && !slices.ContainsFunc(names, func(n string) bool { return !strings.HasPrefix(n, "event.payload.") })
}

func (v Verdict) rank() int {
	switch v {
	case Error:
		return 3
	case False:
		return 2
	case Missing:
		return 1
	}
	return 0
}

// approve settles whether the actor's consent counts for a candidate whose clauses are not false.
func (s *macrostep) approve(c *candidate) {
	a := c.Approvals
	if a == nil || c.status == isFalse {
		return
	}
	given := s.approvalsOf(c.edge)
	block := func(text Text, facts ...BlockerFact) {
		have, need := len(given), a.Count
		b := plainBlocker(NotApproved, "", text)
		b.Have, b.Need, b.Facts = &have, &need, append(b.Facts, facts...)
		c.status, c.consents = awaiting, append(c.consents, b)
	}
	if len(a.Roles) > 0 && !intersects(a.Roles, s.actor.Roles) {
		block(wrongApprover(a.Roles))
		return
	}
	for _, f := range a.DistinctFrom {
		s.note(f, s.value(f))
		switch who := s.value(f); {
		case who == nil:
			block(Text{EN: "it is not known who must be someone else (" + f + ")", IT: "non è noto chi deve essere una persona diversa (" + f + ")"}, s.factOf(f))
		case s.actor.is(who):
			block(Text{EN: "another person must approve this", IT: "deve approvarlo un'altra persona"}, s.factOf(f))
		}
	}
	if slices.ContainsFunc(given, s.actor.gave) {
		block(approvalCount(len(given), a.Count))
	}
	c.have = len(given) + 1
}

func wrongApprover(roles []string) Text {
	who := strings.Join(roles, ", ")
	return Text{EN: "the approval of " + who + " is needed", IT: "serve l'approvazione di " + who}
}

func approvalCount(have, need int) Text {
	return Text{
		EN: fmt.Sprintf("%d of %d approvals; another person must approve", have, need),
		IT: fmt.Sprintf("%d approvazioni su %d; deve approvare un'altra persona", have, need),
	}
}

func (s *macrostep) approvalsOf(e *edge) []Approval {
	var out []Approval
	for _, a := range s.inst.Approvals {
		if a.Transition == e.ID && a.State == e.source.Name {
			out = append(out, a)
		}
	}
	return out
}

func ambiguous(event string, chosen []*candidate) Blocker {
	ids := make([]string, len(chosen))
	for i, c := range chosen {
		ids[i] = c.ID
	}
	return plainBlocker(Ambiguous, "", Text{
		EN: fmt.Sprintf("a defect of the template: %s are possible at once for %q", strings.Join(ids, ", "), event),
		IT: fmt.Sprintf("un difetto del modello: %s sono possibili insieme per %q", strings.Join(ids, ", "), event),
	})
}

func intersects(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool { return slices.Contains(b, x) })
}

func verdictOf(v ref.Val) Verdict {
	switch {
	case v == nil || types.IsError(v):
		return Error
	case types.IsUnknown(v):
		return Missing
	case v == types.True:
		return True
	}
	return False
}
