package privacy

import (
	"slices"
	"time"

	"github.com/pratica-crm/pratica/core/calendar"
)

// Story is what the clocks of a person, or of a file, count from. A zero instant: there was no such thing.
type Story struct {
	Open            bool // a file is under way
	FileEnd         time.Time
	RelationshipEnd time.Time
	LastContact     time.Time
	Consents        map[string]string // by purpose: given or withdrawn
	Asked           bool              // for erasure
}

// End is when a datum goes, and the purpose that keeps it until then.
type End struct {
	At      time.Time // the instant from which it may not be kept; zero where no purpose has ever stood
	Open    bool      // no clock runs yet
	Purpose string
}

// Due reports whether the datum has to go.
func (e End) Due(now time.Time) bool { return !e.Open && !e.At.After(now) }

// End is the end of the last of a datum's purposes.
func (r Register) End(d Datum, s Story) (last End) {
	for _, key := range d.Purposes {
		e, stands := r.Purposes[key].end(s, s.Consents[key])
		if stands && !last.Open && (e.Open || e.At.After(last.At)) {
			last = e
			last.Purpose = key
		}
	}
	return last
}

// end is when one purpose ends; it stands unless it was given up, or never was.
func (p Purpose) end(s Story, consent string) (e End, stands bool) {
	if p.Consent && consent == "withdrawn" || p.OptIn && consent != "given" || s.Asked && !p.Firm {
		return e, false
	}
	from := map[Clock]time.Time{RelationshipEnd: s.RelationshipEnd, FileEnd: s.FileEnd, LastContact: s.LastContact}[p.Clock]
	if p.Clock == FileEnd && from.IsZero() {
		from = s.LastContact // what is entered before there is a file waits for it
	}
	switch {
	case p.Clock == Never || s.Open:
		return End{Open: true}, true
	case from.IsZero():
		return e, false
	}
	return End{At: calendar.Of(from).AddMonths(p.Months).AddDays(1).Time()}, true // the day itself still counts
}

// paper is the group of a kind of papers.
func (r Register) paper(kind string) Datum {
	for _, d := range r.Papers {
		if slices.Contains(d.Kinds, kind) {
			return d
		}
	}
	return r.Papers[len(r.Papers)-1]
}
