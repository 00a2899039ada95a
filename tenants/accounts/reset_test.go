package accounts_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/tenants/accounts"
)

// here is where the people of these tests sit.
var here = accounts.Origin{Address: "192.0.2.1", Agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"}

type post struct{ to, text chan string }

func (p post) Send(_ context.Context, to, _, text string) error {
	p.to <- to
	p.text <- text
	return nil
}

// TestResetIsMailedLater: asking takes up nothing of whether an address is known; the one that is gets its link from Serve, and that works once.
func TestResetIsMailedLater(t *testing.T) {
	w := coretest.New(t)
	p := post{make(chan string, 1), make(chan string, 1)}
	s := accounts.New(w.Directory, p, "https://pratica.test", time.Now)
	w.Exec(t, `alter function directory_user(text) rename to directory_user_away`) // nobody can be looked up while asking
	for _, email := range []string{"nobody@a.test", "Broker@a.test "} {
		if err := s.AskReset(context.Background(), email, here); err != nil {
			t.Errorf("%s: %v", email, err)
		}
	}
	w.Exec(t, `alter function directory_user_away(text) rename to directory_user`)
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	var serving sync.WaitGroup
	serving.Go(func() { s.Serve(ctx) })
	if to := <-p.to; to != "broker@a.test" {
		t.Errorf("mailed to %s", to)
	}
	_, rest, _ := strings.Cut(<-p.text, "/reset/")
	token, _, _ := strings.Cut(rest, "\n")
	stop()
	serving.Wait()
	const password = "una frase lunga e segreta"
	ctx = context.Background()
	if err := s.Reset(ctx, token, "breve", here); !fault.Is(err, fault.Invalid) {
		t.Errorf("a short password: %v", err)
	}
	w.Exec(t, `update agencies set name = 'Casa Trasimeno Mutui' where id = $1`, w.A.ID)
	if err := s.Reset(ctx, token, "Trasimeno-2026", here); fault.As(err).Code != "auth.password_common" {
		t.Errorf("the agency's name: %v", err)
	}
	if err := s.Reset(ctx, token, password, here); err != nil {
		t.Error(err)
	}
	if err := s.Reset(ctx, token, password, here); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a second time: %v", err)
	}
	if _, err := s.Login(ctx, "broker@a.test", password, here); err != nil {
		t.Error(err)
	}
	later := accounts.New(w.Directory, nil, "", func() time.Time { return time.Now().AddDate(5, 0, 0) })
	if _, err := later.Login(ctx, "broker@a.test", password, here); err != nil {
		t.Errorf("after five years: %v", err)
	}
}

// TestResetsAreBounded: with nobody to mail them, requests end in a refusal that is the same for everybody.
func TestResetsAreBounded(t *testing.T) {
	w := coretest.New(t)
	s := accounts.New(w.Directory, nil, "", time.Now)
	var err error
	for n := 0; n < 200 && err == nil; n++ {
		err = s.AskReset(t.Context(), strings.Repeat("x", n)+"@a.test", accounts.Origin{Address: "192.0.2." + string(rune('a'+n%20))})
	}
	for _, email := range []string{"nobody@b.test", "broker@a.test"} {
		if again := s.AskReset(t.Context(), email, accounts.Origin{Address: "192.0.2.z"}); err == nil || again == nil || again.Error() != err.Error() {
			t.Errorf("%s: %v, before %v", email, again, err)
		}
	}
}
