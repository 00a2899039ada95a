package callbacks

import (
	"encoding/json"
	"errors"
	"net/url"
	"time"
)

const (
	// pageLives is how long a page of the other side is taken to live that does not say so itself: banks give a quarter of an hour.
	pageLives = 10 * time.Minute
	// slowAfter is when a person who waits is told that it may take longer.
	slowAfter = time.Minute
)

// Way is how far a person is on their way to the other side. It begins when they come through their link, not when they are asked: the
// page at the other side lives for minutes, the link for days. A matter keeps it sealed by the person's key; the zero value has not begun.
type Way struct {
	Step  string    `json:"way"` // wait, redirect, decoupled, failed; none: not begun
	URL   string    `json:"url,omitempty"`
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"expires,omitzero"` // of the page at URL
	IP    string    `json:"from,omitempty"`   // where the person is who has begun
}

// Waits is a way on which the other side is being asked. ip is where the person is.
func Waits(now time.Time, ip string) Way { return Way{Step: "wait", Since: now, IP: ip} }

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
		return Way{Step: "decoupled", Since: now, IP: w.IP}, nil
	}
	if to, err := url.Parse(said.URL); err != nil || to.Scheme != "https" && to.Scheme != "http" { // otp and the others are entered at the other side, too
		return w, errors.New("nowhere to go")
	}
	if said.Expires.IsZero() {
		said.Expires = now.Add(pageLives)
	}
	return Way{Step: "redirect", URL: said.URL, Since: now, Until: said.Expires, IP: w.IP}, nil
}

// Failed is the way after the other side could not be asked: the person may begin again.
func (w Way) Failed() Way { return Way{Step: "failed"} }

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
	case w.Step == "wait":
		return Slow
	}
	return Ask // also when the page has expired
}

// Begins reports whether the person can begin: nothing is being asked for them, and no page waits for them.
func (w Way) Begins(now time.Time) bool {
	stand := w.Stand(now)
	return stand == Ask || stand == Again
}
