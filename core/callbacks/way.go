package callbacks

import (
	"encoding/json"
	"errors"
	"net/url"
	"time"

	"github.com/pratica-crm/pratica/core/ident"
)

const (
	// pageLives is how long a page of the other side is taken to live that does not say so itself: banks give a quarter of an hour.
	pageLives = 10 * time.Minute
	// slowAfter is when a person who waits is told that it may take longer.
	slowAfter = time.Minute
	// noticedWithin is when a person who has come back may begin again: the other side has not noticed by then that they were there, as
	// when they left its page without a word.
	noticedWithin = 10 * time.Minute
)

// Way is how far a person is on their way to the other side. It begins when they come through their link, not when they are asked: the
// page at the other side lives for minutes, the link for days. A matter keeps it sealed by the person's key; the zero value has not begun.
type Way struct {
	Step  string    `json:"way"` // wait, redirect, decoupled, failed; none: not begun
	URL   string    `json:"url,omitempty"`
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"expires,omitzero"` // of the page at URL
	IP    string    `json:"from,omitempty"`   // where the person is who has begun
	Back  bool      `json:"back,omitempty"`   // they have come back from there

	// Asks is the operation by which it goes on. What any other one brings is of a way that was left: one that had failed, say, and is tried again
	// by an operator after the person has begun anew.
	Asks ident.OperationID `json:"asks,omitzero"`
}

// Waits is a way on which the other side is being asked by an operation. ip is where the person is.
func Waits(now time.Time, ip string, asks ident.OperationID) Way {
	return Way{Step: "wait", Since: now, IP: ip, Asks: asks}
}

// Returns is a way on which the person has come back, and the other side is asked by an operation what they did there.
func Returns(now time.Time, asks ident.OperationID) Way {
	return Way{Step: "wait", Since: now, Back: true, Asks: asks}
}

// Led is the way after the other side has said, in a user action of the protocol, where the person goes on.
func (w Way) Led(action json.RawMessage, now time.Time) (Way, error) {
	var said struct {
		Way     string    `json:"way"`
		URL     string    `json:"url"`
		Expires time.Time `json:"expires"`
	}
	if err := json.Unmarshal(action, &said); err != nil {
		return w, err
	}
	if said.Way == "decoupled" {
		return Way{Step: "decoupled", Since: now, IP: w.IP, Asks: w.Asks}, nil
	}
	if to, err := url.Parse(said.URL); err != nil || to.Scheme != "https" && to.Scheme != "http" { // otp and the others are entered at the other side, too
		return w, errors.New("nowhere to go")
	}
	if said.Expires.IsZero() {
		said.Expires = now.Add(pageLives)
	}
	return Way{Step: "redirect", URL: said.URL, Since: now, Until: said.Expires, IP: w.IP, Asks: w.Asks}, nil
}

// Failed is the way after the other side could not be asked: the person may begin again. Until they do, an operator may have it asked once more
// what they did there; a page for somebody who is not there is not asked for.
func (w Way) Failed() Way {
	if !w.Back {
		return Way{Step: "failed"}
	}
	return Way{Step: "failed", Back: true, Asks: w.Asks}
}

// Stand is how the matter stands on this way.
func (w Way) Stand(now time.Time) Stand {
	switch {
	case w.Step == "failed":
		return Again
	case w.Step == "decoupled":
		return App
	case w.Step == "redirect" && now.Before(w.Until):
		return Go
	case w.Step == "wait" && now.Sub(w.Since) < slowAfter:
		return Wait
	case w.Step == "wait" && w.Back && now.Sub(w.Since) >= noticedWithin:
		return Again
	case w.Step == "wait":
		return Slow
	}
	return Ask // also when the page has expired
}

// Begins reports whether the person can begin: no page is being asked for, and none waits for them.
func (w Way) Begins(now time.Time) bool {
	stand := w.Stand(now)
	return stand == Ask || stand == Again
}
