package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/plugins/sdk"
)

func (k *kit) needsPages() string {
	switch {
	case !slices.Contains(k.about.Capabilities, "open_banking"):
		return "it reads no pages"
	case k.o.Spec.Bank != "mock":
		return "only at the mock bank the kit can agree to a consent as the person would"
	}
	return k.needsSide()
}

// pagination agrees to a consent at the bank, and reads all movements in small pages and in one: they are the same.
func pagination(k *kit) error {
	l := k.lanes[0]
	started, err := k.agreed(l)
	if err != nil {
		return err
	}
	a := k.call(l, connectors.FetchAccounts, started)
	var list struct{ Accounts []sdk.Account }
	if a.Verdict != connectors.Done || json.Unmarshal(a.Payload, &list) != nil || len(list.Accounts) == 0 {
		return fmt.Errorf("FetchAccounts ended %s, with %d accounts", said(a), len(list.Accounts))
	}
	account := list.Accounts[0].ID
	if b := k.call(l, connectors.FetchBalances, map[string]any{"started": started, "account_id": account}); b.Verdict != connectors.Done {
		return fmt.Errorf("FetchBalances ended %s", said(b))
	}
	l.dials(`{"page_size": 1000}`)
	whole, pages, err := k.movements(l, started, account)
	if err != nil {
		return err
	}
	if pages != 1 || len(whole) < 20 {
		return fmt.Errorf("all movements of an account on one page: %d of them on %d", len(whole), pages)
	}
	l.dials(fmt.Sprintf(`{"page_size": %d}`, len(whole)/4))
	parts, pages, err := k.movements(l, started, account)
	if err != nil {
		return err
	}
	if pages < 4 || !maps.Equal(whole, parts) {
		return fmt.Errorf("on one page there are %d movements, on %d pages %d: some are missing, or their ids changed", len(whole), pages, len(parts))
	}
	return nil
}

// movements reads all pages; a movement that comes twice is an error.
func (k *kit) movements(l *lane, started map[string]any, account string) (seen map[string]int64, pages int, err error) {
	seen = map[string]int64{}
	question := sdk.TransactionQuestion{AccountID: account, From: time.Now().AddDate(0, -3, 0).Format(time.DateOnly), To: time.Now().Format(time.DateOnly)}
	for pages = 1; pages <= 50; pages++ {
		a := k.call(l, connectors.FetchTransactions, map[string]any{"started": started, "question": question})
		// The host writes 64-bit numbers as text.
		var page struct {
			Transactions []struct {
				ID     string
				Amount json.RawMessage `json:"amount_cents"`
			}
			NextPage string `json:"next_page"`
		}
		if a.Verdict != connectors.Done || json.Unmarshal(a.Payload, &page) != nil {
			return nil, pages, fmt.Errorf("page %d of FetchTransactions ended %s", pages, said(a))
		}
		for _, t := range page.Transactions {
			if _, twice := seen[t.ID]; twice {
				return nil, pages, fmt.Errorf("on page %d comes a movement that was on another", pages)
			}
			var amount int64
			if _, err := fmt.Sscan(strings.Trim(string(t.Amount), `"`), &amount); err != nil {
				return nil, pages, errors.New("a movement has no amount")
			}
			seen[t.ID] = amount
		}
		if page.NextPage == "" {
			return seen, pages, nil
		}
		question.Page = page.NextPage
	}
	return nil, pages, errors.New("after 50 pages there is still another")
}

var person = regexp.MustCompile(`name="person" value="([^"]+)"`)

// agreed starts a consent, and is the person who agrees on the bank's page.
func (k *kit) agreed(l *lane) (map[string]any, error) {
	a, err := k.do(l, connectors.Call{})
	var action struct{ URL string }
	if err != nil || a.Verdict != connectors.NeedsUser || json.Unmarshal(a.UserAction, &action) != nil {
		return nil, fmt.Errorf("StartConsent ended %s", said(a))
	}
	page, err := http.Get(action.URL)
	if err != nil {
		return nil, fmt.Errorf("StartConsent sends the person to %s: %w", action.URL, err)
	}
	text, err := io.ReadAll(io.LimitReader(page.Body, 1<<20))
	_ = page.Body.Close()
	found := person.FindSubmatch(text)
	if err != nil || found == nil {
		return nil, fmt.Errorf("StartConsent sends the person to %s, where nobody is asked anything", action.URL)
	}
	once := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	back, err := once.PostForm(action.URL, url.Values{"answer": {"yes"}, "person": {string(found[1])}})
	if err != nil {
		return nil, err
	}
	_ = back.Body.Close()
	to, err := url.Parse(back.Header.Get("Location"))
	if err != nil {
		return nil, err
	}
	started := startedOf(a)
	b := k.call(l, connectors.CompleteConsent, map[string]any{"started": started, "returned_query": to.RawQuery})
	var set sdk.ConsentSet
	if b.Verdict != connectors.Done || json.Unmarshal(b.Payload, &set) != nil || len(set.Consents) == 0 || set.Consents[0].Status != "valid" {
		return nil, fmt.Errorf("the person agreed; CompleteConsent ended %s, with %+v", said(b), set.Consents)
	}
	if len(set.Context) > 0 {
		started["context"] = set.Context
	}
	return started, nil
}

// dials turns the mock bank's.
func (l *lane) dials(text string) {
	l.mock.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPut, "/_dials", strings.NewReader(text)))
}
