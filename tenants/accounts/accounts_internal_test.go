package accounts

import (
	"context"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"pgregory.net/rapid"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/redis"
)

// TestJudge: too short, too common, or one's own name.
func TestJudge(t *testing.T) {
	own := []string{"mario.rossi@agenzia.test", "Mario Rossi"}
	for password, good := range map[string]bool{
		"una frase lunga e segreta": true, "xk7-pqm-29d": true, "correct horse battery": true, "mario va al mare ogni giorno": true, "ABCDEF ghijkl": true,
		"breve": false, strings.Repeat("x", 201): false, "1234567890": false, "Password2026": false, "!!PASSWORD!!": false, "Juventus1897": false, "benvenuto123": false,
		"QwertyUiop": false, "mariorossi1": false, "Rossi.Mario.85": false, "agenzia2026": false, "mario.rossi@agenzia.test": false,
	} {
		if err := judge(password, own...); (err == nil) != good {
			t.Errorf("%q: %v", password, err)
		}
	}
}

// TestOrigin: devices in words, addresses without a household.
func TestOrigin(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0": "Edge, Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15":         "Safari, macOS",
		"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":         "Chrome, Android",
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                        "Firefox, Linux",
		"curl/8.9": "curl", "": "", "\x00<script>": "",
	} {
		if got := device(agent); got != want {
			t.Errorf("%q: %q, want %q", agent, got, want)
		}
	}
	for address, want := range map[string]string{"192.0.2.77": "192.0.2.0/24", "::ffff:192.0.2.77": "192.0.2.0/24", "2001:db8:1:2::3": "2001:db8:1::/48", "fe80::1%eth0": "fe80::/48", "nonsense": "", "": ""} {
		if got := network(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}

// TestStepOf: the vectors of RFC 6238, appendix B, cut to six digits, found in their half minute and beside it.
func TestStepOf(t *testing.T) {
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // 12345678901234567890
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		for off, found := range map[int64]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
			if step, ok, err := stepOf(secret, code, at/30+off); err != nil || ok != found || (ok && step != at/30) {
				t.Errorf("%d%+d: %d %v %v", at, off, step, ok, err)
			}
		}
	}
}

// TestTriesAreEqual: what one process counts and what all count in Redis come to the same, over random histories; and two servers share it.
func TestTriesAreEqual(t *testing.T) {
	coretest.EachRedis(t, func(t *testing.T, url string) {
		open := func() *redis.Client {
			c, err := redis.Open(url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Close() })
			return c
		}
		servers := []*redis.Tries{open().Tries(), open().Tries()}
		ctx, run := context.Background(), 0
		rapid.Check(t, func(t *rapid.T) {
			run++
			now, own := time.Now().Truncate(time.Millisecond), newOwnTries()
			limits := []redis.Limit{limit("a", string(rune(run)), 2, time.Minute), limit("b", string(rune(run)), 5, 3*time.Minute)}
			for range rapid.IntRange(1, 12).Draw(t, "steps") {
				now = now.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "seconds")) * time.Second)
				shared := rapid.SampledFrom(servers).Draw(t, "server")
				some := rapid.SampledFrom([][]redis.Limit{limits, limits[:1], limits[1:]}).Draw(t, "limits")
				switch rapid.IntRange(0, 9).Draw(t, "what") {
				case 0:
					_, _ = own.Undo(ctx, some[0].Key), shared.Undo(ctx, some[0].Key)
				case 1:
					_, _ = own.Forget(ctx, some[0].Key), shared.Forget(ctx, some[0].Key)
				default:
					want, _ := own.Count(ctx, now, some...)
					if got, err := shared.Count(ctx, now, some...); err != nil || got != want {
						t.Fatalf("shared %v, own %v, %v", got, want, err)
					}
				}
			}
		})
	})
}

// TestTriesWithoutRedis: while Redis is away a server counts by itself; nobody is let through, and nobody is kept out, for that.
func TestTriesWithoutRedis(t *testing.T) {
	server := coretest.StartRedis(t)
	c, err := redis.Open(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	clock := coretest.NewClock(time.Now())
	l := newLimiter(clock.Now)
	l.shared = c.Tries()
	server.Kill()
	for n := range 9 {
		if err := l.try(t.Context(), perEmail("a@b.test")); (err != nil) != (n == 8) {
			t.Errorf("try %d: %v", n, err)
		}
	}
	server.Start()
	clock.Advance(awayFor)
	if err := l.try(t.Context(), perEmail("a@b.test")); err != nil {
		t.Errorf("with Redis back, which has counted nothing: %v", err)
	}
	l.forget(t.Context(), perEmail("a@b.test"))
	server.Kill()
	if err := l.try(t.Context(), perEmail("a@b.test")); err != nil {
		t.Errorf("after somebody got in: %v", err)
	}
}

// FuzzStrangers: whatever a stranger sends is read without a panic, and only words of ours and prefixes are made of it.
func FuzzStrangers(f *testing.F) {
	for _, s := range []string{"", "192.0.2.1", "fe80::1%eth0", "Mozilla/5.0 (iPhone) Safari/604.1", "AAAA-bbbb cccc-dddd", "287 082", "\xff\x00",
		`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA","userHandle":"AA"}}`,
		`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUA"}}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d := device(s); len(d) > 40 || !utf8.ValidString(d) {
			t.Errorf("device %q", d)
		}
		if n := network(s); n != "" && !strings.Contains(n, "/") {
			t.Errorf("network %q", n)
		}
		if len(hashCode(s)) != 32 {
			t.Error("hash")
		}
		if _, ok, err := stepOf("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", s, 1); err != nil || ok && len(s) < 6 {
			t.Errorf("code %v %v", ok, err)
		}
		_ = judge(s, s)
		_, _ = protocol.ParseCredentialRequestResponseBytes([]byte(s))
		_, _ = protocol.ParseCredentialCreationResponseBytes([]byte(s))
	})
}
