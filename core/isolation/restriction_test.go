package isolation_test

import (
	"context"
	"maps"
	"regexp"
	"slices"

	"github.com/jackc/pgx/v5"
)

// lockedAway is a policy by which a row that its column says no of is seen by a transaction that says a word, and by no other.
var lockedAway = regexp.MustCompile(`^\((\w+) OR .*'app\.restricted'::text.* = 'on'::text\)\)$`)

// flag is the column.
func (c cell) flag() string { return lockedAway.FindStringSubmatch(c.Policy.Using)[1] }

// follow are the tables that name something which can be locked away and are not locked themselves, each with the reason.
var follow = map[string]string{
	"history":                "read through the machine or the file it tells of, which is locked",
	"fact_changes":           "read through the machine whose facts they are, which is locked",
	"timers":                 "rung by the platform, for a machine that is locked by then",
	"stays":                  "how long states last: a statistic that names no file to anybody",
	"application_properties": "read through the file, which is locked; a home has no person in it",
	"document_links":         "opens a document, which is locked",
	"submission_requests":    "read through the submission, which is locked",
	"operation_costs":        "cents of a month, which the agency pays whoever is locked; what they were paid for is read through the operation, which is locked",
	"taken_events":           "hashes of what a bank has said, so that nothing is taken twice",
	"consents_given":         "what somebody agreed to must be shown to the supervisor; read through the person, who is locked",
	"subject_exports":        "read through the person, who is locked, or by a link that the person has",
	"erasures":               "that somebody is locked, and until when: for who may see the restricted",
	"privacy_requests":       "what a person has asked for, to be answered by compliance within the month",
	"portal_accesses":        "read by sign-in alone, which asks whether the person is locked",
	"bank_consents":          "read through the person, who is locked",
	"bank_reads":             "read through the person, who is locked, or through the consent, which is",
	"bank_pages":             "read through the person, who is locked; gone when the consent ends",
	"cash_flows":             "read through the person, who is locked, or through the file's parties, who are",
	"credit_reports":         "read through the person, who is locked, or through the file's parties, who are",
	"verifications":          "read through the person, who is locked, or through the file's parties, who are",
	"callback_states":        "a door, which the directory opens for nobody who is locked",
	"callbacks":              "what a bank sent, before it is read: shown to nobody; the worker reads it through its operation",
}

// unlocked lists the others: a new table that names a person must be locked with them, or stand in follow.
func (c *catalogue) unlocked() (out []string) {
	is := func(table string) bool {
		return slices.ContainsFunc(c.locked, func(l cell) bool { return l.Name == table })
	}
	left := maps.Clone(follow)
	for _, name := range c.order {
		names := slices.ContainsFunc(c.relations[name].Refs, func(r reference) bool { return is(r.To) })
		if names && !is(name) && follow[name] == "" {
			out = append(out, name+": names something that can be locked away, is not locked itself, and no reason is given")
		}
		if names && !is(name) {
			delete(left, name)
		}
	}
	for name := range left {
		out = append(out, name+": is given a reason for not being locked, and needs none")
	}
	return out
}

// restrict asks a policy by which rows of people who are restricted (GDPR Art. 18) are locked away. The others are everybody of the same
// agency who does not say the word, and another agency that does.
func (p *populace) restrict(s session, c cell) (out []finding) {
	ours, theirs := p.pair(c)
	held, spare := p.of(c, ours)
	lock := row{c.flag(): false}
	p.exec("savepoint locked; set local session_replication_role = replica")
	p.exec(c.sql(`update {T} t set `)+quoted(c.flag())+` = false where `+c.it(), held.json())
	p.exec("set local session_replication_role = origin")
	defer p.exec("rollback to locked; release locked")
	as := func(o *owner, said string, use func(context.Context, *pgx.Conn) outcome) outcome {
		s.said = said
		return s.as(c.Role, c.Setting, o.id(c.Setting), use)
	}
	try := func(verb, gets string, use func(context.Context, *pgx.Conn) outcome, hidden, shown func(outcome) bool) {
		for _, other := range []struct {
			who  *owner
			said string
			name string
		}{{ours, "", "by the agency itself"}, {ours, "off", "by the agency with another word"}, {theirs, "on", "by another agency with the word"}} {
			if s.enough(out) {
				return
			}
			got, twin := as(other.who, other.said, use), as(ours, "on", use)
			f := finding{c.Name, c.Role, verb + " what is locked away, " + other.name, gets, "reached, with the word", ""}
			switch {
			case !hidden(got):
				f.Wrong = "without the right to it: " + got.String()
			case !shown(twin):
				f.Wrong = "with the word: " + twin.String()
			}
			out = append(out, f)
		}
	}
	try("read", "nothing", says(`select 'seen' from`+c.row(), held.json()), func(o outcome) bool { return o.code == "" && o.value == "∅" }, func(o outcome) bool { return o.value == "seen" })
	try("count", "0", says(`select count(*)::text from`+c.row(), held.json()), func(o outcome) bool { return o.code == "" && o.value == "0" }, func(o outcome) bool { return o.value == "1" })
	if c.may["update"] {
		try("update", "0 rows", says(c.updated(), held.json()), untouched, reached)
	}
	if c.may["delete"] {
		try("delete", "0 rows", says(`delete from`+c.row(), held.json()), untouched, reached)
	}
	if contains(c.inserts, c.flag()) {
		try("insert", "refused", says(c.insert(""), spare.with([]string{c.flag()}, lock).json()), outcome.refused, func(o outcome) bool { return !o.refused() })
	}
	return out
}

// restrictions breaks each of those policies.
func (p *populace) restrictions() (out []mutant) {
	for _, c := range p.c.locked {
		on, of := quoted(c.Policy.Name)+" on "+quoted(c.Name), c.Policy.Name+" of "+c.Name
		out = append(out, mutant{"policy dropped: " + of, []string{"drop policy " + on}, ask(p.restrict, c), false},
			mutant{"policy with USING (true): " + of, []string{"alter policy " + on + " using (true)"}, ask(p.restrict, c), false})
		if contains(c.inserts, c.flag()) {
			out = append(out, mutant{"policy with WITH CHECK (true): " + of, []string{"alter policy " + on + " with check (true)"}, ask(p.restrict, c), false})
		}
	}
	return out
}
