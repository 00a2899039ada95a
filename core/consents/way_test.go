package consents_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/callbacks"
)

// wayToTheBank: the bank hears of a consent when the person begins at their link, days after they were asked, and hears it once however
// often they click. A page that expired is asked for anew, and what is left of the one before ends at the bank; its way back is closed.
func wayToTheBank(t *testing.T, k *kit) {
	starts := func() int { return strings.Count("\n"+strings.Join(k.lines(t), "\n"), "\nstart ") }
	shows := func(view callbacks.View, want callbacks.Stand) {
		t.Helper()
		if view.Stand != want {
			t.Fatalf("the link shows %+v, want %s", view, want)
		}
	}
	c := k.ask(t, "late", k.bank)
	if c.Link.Mailed {
		t.Error("mailed to somebody who has no address")
	}
	for role, told := range map[string]bool{"broker": true, "read_only": false} { // whoever opens it stands in the person's place
		seen, err := k.consents.Get(ctx, k.A.Do(role, "bank_consents.read"), c.ID)
		ok(t, err)
		list, err := k.consents.Of(ctx, k.A.Do(role, "bank_consents.read"), k.person)
		ok(t, err)
		if l := seen.Link; l == nil || l.Stand != callbacks.Ask || (l.URL != "") != told || (list[0].Link.URL != "") != told {
			t.Errorf("%s sees %+v", role, l)
		}
	}
	k.Clock.Advance(6 * 24 * time.Hour)
	for range 2 { // a program that scans mails
		shows(k.stands(t, c), callbacks.Ask)
	}
	k.run(t)
	if n := starts(); n != 0 {
		t.Fatalf("the bank was asked %d times before the person began", n)
	}
	click := func() {
		t.Helper()
		_, err := k.doors.Visit(ctx, tokenOf(c), callbacks.Came{IP: here, Posted: true})
		ok(t, err)
	}
	click()
	shows(k.stands(t, c), callbacks.Wait)
	k.Clock.Advance(2 * time.Minute) // nobody has carried it to the bank yet
	shows(k.stands(t, c), callbacks.Slow)
	click()
	k.run(t)
	first := k.stands(t, c)
	shows(first, callbacks.Go)
	click()
	k.run(t)
	if n := starts(); n != 1 || !strings.HasSuffix(k.lines(t)[0], "ip="+here) {
		t.Fatalf("the bank was asked %d times: %v", n, k.lines(t))
	}
	k.Clock.Advance(16 * time.Minute)
	shows(k.stands(t, c), callbacks.Ask)
	second := k.begin(t, c)
	shows(second, callbacks.Go)
	lines := strings.Join(k.lines(t), "\n")
	if starts() != 2 || strings.Count(lines, "revoke bank-opr_") != 1 {
		t.Errorf("the bank was asked:\n%s", lines)
	}
	at, err := url.Parse(first.URL)
	ok(t, err)
	if _, err := k.doors.Visit(ctx, strings.TrimPrefix(at.Query().Get("back"), public+"/callbacks/"), callbacks.Came{Query: "code=good"}); code(err) != "callback.not_found" {
		t.Errorf("the way back from a page that was given up: %v", err)
	}
	// The bank tells that its page expired: nobody has said no.
	refs, err := k.Raw(t, "", `select array_to_string(external_refs, ' ') from bank_consents where id = $1`, c.ID)
	ok(t, err)
	if strings.Contains(refs, " ") || strings.Contains(lines, "revoke "+refs) {
		t.Errorf("goes on under %q", refs)
	}
	address := strings.Fields(k.lines(t)[0])[3]
	ok(t, k.doors.Receive(ctx, address[strings.LastIndex(address, "/")+1:], callbacks.Request{Path: "news", Method: "POST", Headers: []callbacks.Header{{Name: "X-Signature", Value: "genuine"}}, Body: []byte(refs)}))
	k.run(t)
	shows(k.stands(t, c), callbacks.Ask)
	k.come(t, c, "code=good")
	k.run(t)
	shows(k.stands(t, c), callbacks.Done)
	if done := k.get(t, c.ID); done.State != "valid" || done.LastRead == nil || !done.LastRead.Attended {
		t.Errorf("%+v", done)
	}
	// A bank that cannot be understood: the person learns it, and may try again.
	c = k.ask(t, "broken", k.bank)
	shows(k.begin(t, c), callbacks.Again)
	if got := k.get(t, c.ID); got.State != "requested" || got.Link == nil || got.Link.Stand != callbacks.Again {
		t.Errorf("%+v %+v", got, got.Link)
	}
	before := starts()
	shows(k.begin(t, c), callbacks.Again)
	if starts() != before+1 {
		t.Error("trying again asks nobody")
	}
	k.Clock.Advance(14 * 24 * time.Hour)
	if _, err := k.doors.Visit(ctx, tokenOf(c), callbacks.Came{}); code(err) != "callback.not_found" {
		t.Errorf("two weeks later: %v", err)
	}
}
