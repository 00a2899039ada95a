// Command flawed is many connectors in one: the name of its file says which. "good-…" are the skeletons that authors start from, the
// others are the skeleton of a bank portal with one flaw each.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/pratica-crm/pratica/plugins/scaffold/go/analysis"
	"github.com/pratica-crm/pratica/plugins/scaffold/go/bankportal"
	"github.com/pratica-crm/pratica/plugins/scaffold/go/bureau"
	"github.com/pratica-crm/pratica/plugins/scaffold/go/identity"
	"github.com/pratica-crm/pratica/plugins/scaffold/go/openbanking"
	"github.com/pratica-crm/pratica/plugins/sdk"
)

var good = map[string]func() sdk.Connector{"good-bankportal": bankportal.Connector, "good-openbanking": openbanking.Connector, "good-bureau": bureau.Connector,
	"good-identity": identity.Connector, "good-analysis": analysis.Connector, "unordered": analysis.Connector,
	"same-page": openbanking.Connector, "first-page": openbanking.Connector}

func main() {
	name := filepath.Base(os.Args[0])
	if name == "raw-methods" || name == "raw-operation" {
		serveRaw(name)
		return
	}
	make, known := good[name]
	if !known {
		make = bankportal.Connector
	}
	c := make()
	c.Describe.ID = name
	if spoil, known := flaws[name]; known {
		p := &portal{BankPortal: c.BankPortal}
		c.BankPortal = p
		spoil(&c, p)
	} else if good[name] == nil {
		fmt.Fprintln(os.Stderr, "there is no flaw "+name)
		os.Exit(2)
	}
	switch name {
	case "unordered":
		c.Analysis = unordered{}
	case "same-page", "first-page":
		c.OpenBanking = pages{c.OpenBanking, name}
	}
	sdk.Serve(c)
}

// portal is the skeleton's, but for what is set.
type portal struct {
	sdk.BankPortal
	submit    func(ctx context.Context, call sdk.Call, a sdk.Application) (sdk.Receipt, error)
	status    func(ctx context.Context, call sdk.Call, reference string) (sdk.News, error)
	reconcile func(ctx context.Context, call sdk.Call, a sdk.Application) (sdk.Receipt, error)
	cancel    func() error
}

func (p *portal) SubmitApplication(ctx context.Context, call sdk.Call, a sdk.Application) (sdk.Receipt, error) {
	if p.submit != nil {
		return p.submit(ctx, call, a)
	}
	return p.BankPortal.SubmitApplication(ctx, call, a)
}

func (p *portal) GetStatus(ctx context.Context, call sdk.Call, reference string) (sdk.News, error) {
	if p.status != nil {
		return p.status(ctx, call, reference)
	}
	return p.BankPortal.GetStatus(ctx, call, reference)
}

func (p *portal) ReconcileSubmission(ctx context.Context, call sdk.Call, a sdk.Application) (sdk.Receipt, error) {
	if p.reconcile != nil {
		return p.reconcile(ctx, call, a)
	}
	return p.BankPortal.ReconcileSubmission(ctx, call, a)
}

func (p *portal) CancelSubmission(ctx context.Context, call sdk.Call, a sdk.Application, ref string) error {
	if p.cancel != nil {
		return p.cancel()
	}
	return p.BankPortal.CancelSubmission(ctx, call, a, ref)
}

// failing has a submission's failures changed.
func (p *portal) failing(change func(*sdk.Error)) {
	p.submit = func(ctx context.Context, call sdk.Call, a sdk.Application) (sdk.Receipt, error) {
		receipt, err := p.BankPortal.SubmitApplication(ctx, call, a)
		var failed sdk.Error
		if errors.As(err, &failed) {
			change(&failed)
			err = failed
		}
		return receipt, err
	}
}

// before has something done before a submission.
func (p *portal) before(do func(sdk.Call, sdk.Application)) {
	p.submit = func(ctx context.Context, call sdk.Call, a sdk.Application) (sdk.Receipt, error) {
		do(call, a)
		return p.BankPortal.SubmitApplication(ctx, call, a)
	}
}

var hoard [][]byte

var flaws = map[string]func(c *sdk.Connector, p *portal){
	"no-schema": func(c *sdk.Connector, _ *portal) { c.Describe.ConfigSchema = json.RawMessage(`{"type": "objekt"}`) },
	"english-only": func(c *sdk.Connector, _ *portal) {
		c.Describe.ConfigSchema = []byte(strings.ReplaceAll(string(c.Describe.ConfigSchema), `"it": "Indirizzo"`, `"de": "Adresse"`))
	},
	"message-missing": func(c *sdk.Connector, _ *portal) {
		c.Describe.Messages = map[string]map[string]string{"closed": {"en": "Closed."}}
	},
	"egress-wildcard": func(c *sdk.Connector, _ *portal) { c.Describe.Egress = append(c.Describe.Egress, "*.example.com") },
	"egress-unsaid":   func(c *sdk.Connector, _ *portal) { c.Describe.Egress = nil },
	"does-nothing": func(_ *sdk.Connector, p *portal) {
		p.submit = func(context.Context, sdk.Call, sdk.Application) (sdk.Receipt, error) {
			return sdk.Receipt{}, sdk.Error{Kind: sdk.Rejected, Code: "no", SideEffect: sdk.None}
		}
	},
	"always-connected": func(c *sdk.Connector, _ *portal) {
		ask := c.CheckConnection
		c.CheckConnection = func(ctx context.Context, call sdk.Call) error { _ = ask(ctx, call); return nil }
	},
	"denied-is-final": func(_ *sdk.Connector, p *portal) {
		p.failing(func(e *sdk.Error) {
			if e.Kind == sdk.Unauthenticated {
				e.Kind = sdk.Rejected
			}
		})
	},
	"own-keys": func(_ *sdk.Connector, p *portal) {
		keys := sync.Map{} // so that it still finds what it did
		p.submit = func(ctx context.Context, call sdk.Call, a sdk.Application) (sdk.Receipt, error) {
			asked := call.IdempotencyKey
			call.IdempotencyKey = rand.Text()
			keys.Store(asked, call.IdempotencyKey)
			return p.BankPortal.SubmitApplication(ctx, call, a)
		}
		p.reconcile = func(ctx context.Context, call sdk.Call, a sdk.Application) (sdk.Receipt, error) {
			if key, known := keys.Load(call.IdempotencyKey); known {
				call.IdempotencyKey = key.(string)
			}
			return p.BankPortal.ReconcileSubmission(ctx, call, a)
		}
	},
	"sure-of-itself": func(_ *sdk.Connector, p *portal) {
		p.failing(func(e *sdk.Error) {
			if e.Code == "bank.broken" {
				e.SideEffect = sdk.None
			}
		})
	},
	"never-arrived": func(_ *sdk.Connector, p *portal) {
		p.reconcile = func(context.Context, sdk.Call, sdk.Application) (sdk.Receipt, error) {
			return sdk.Receipt{}, sdk.NotFound()
		}
	},
	"any-404":     func(_ *sdk.Connector, p *portal) { p.reconcile = believing(p) },
	"tries-again": func(_ *sdk.Connector, p *portal) { p.submit = tryingAgain(p) },
	"outage-is-no": func(_ *sdk.Connector, p *portal) {
		p.failing(func(e *sdk.Error) {
			if e.Code == "bank.unreachable" && e.SideEffect == sdk.Unknown {
				e.Kind = sdk.Rejected
			}
		})
	},
	"limit-is-outage": func(_ *sdk.Connector, p *portal) {
		p.failing(func(e *sdk.Error) {
			if e.Kind == sdk.RateLimited {
				e.Kind = sdk.Unavailable
			}
		})
	},
	"own-pause": func(_ *sdk.Connector, p *portal) {
		p.failing(func(e *sdk.Error) {
			if e.Kind == sdk.RateLimited {
				e.RetryAfter = time.Minute
			}
		})
	},
	"garbage-is-no": func(_ *sdk.Connector, p *portal) {
		p.failing(func(e *sdk.Error) {
			if e.Kind == sdk.ContractDrift {
				e.Kind = sdk.Rejected
			}
		})
	},
	"forgets": func(_ *sdk.Connector, p *portal) {
		known := sync.Map{}
		p.submit = func(ctx context.Context, call sdk.Call, a sdk.Application) (sdk.Receipt, error) {
			receipt, err := p.BankPortal.SubmitApplication(ctx, call, a)
			known.Store(receipt.Reference, true)
			return receipt, err
		}
		p.status = func(ctx context.Context, call sdk.Call, reference string) (sdk.News, error) {
			if _, mine := known.Load(reference); !mine {
				return sdk.News{}, sdk.Error{Kind: sdk.Rejected, Code: "unknown", SideEffect: sdk.None}
			}
			return p.BankPortal.GetStatus(ctx, call, reference)
		}
	},
	"counts-callbacks": func(c *sdk.Connector, _ *portal) {
		seen := 0
		c.Describe.CallbackPaths = []string{"status"}
		c.HandleCallback = func(context.Context, sdk.Call, sdk.Callback) ([]string, error) {
			if seen++; seen > 1 {
				return nil, sdk.Error{Kind: sdk.InvalidRequest, Code: "seen", SideEffect: sdk.None}
			}
			return []string{"A-1"}, nil
		}
	},
	"believes-callbacks": func(c *sdk.Connector, _ *portal) {
		c.Describe.CallbackPaths = []string{"status"}
		c.HandleCallback = func(context.Context, sdk.Call, sdk.Callback) ([]string, error) { return []string{"A-1"}, nil }
	},
	"cancel-panics": func(_ *sdk.Connector, p *portal) { p.cancel = func() error { panic("no") } },
	"few-at-a-time": func(_ *sdk.Connector, p *portal) {
		var under atomic.Int32
		p.submit = func(ctx context.Context, call sdk.Call, a sdk.Application) (sdk.Receipt, error) {
			defer under.Add(-1)
			if under.Add(1) > 4 { // what was broken off a moment ago may still be one
				return sdk.Receipt{}, sdk.Error{Kind: sdk.Unavailable, Code: "busy", SideEffect: sdk.None}
			}
			return p.BankPortal.SubmitApplication(ctx, call, a)
		}
	},
	"keeps-answers": func(_ *sdk.Connector, p *portal) {
		kept := sync.Map{}
		p.submit = func(ctx context.Context, call sdk.Call, a sdk.Application) (sdk.Receipt, error) {
			if known, ok := kept.Load(call.IdempotencyKey); ok && !strings.HasPrefix(call.IdempotencyKey, "same-") && !strings.HasPrefix(call.IdempotencyKey, "many-") {
				return known.(sdk.Receipt), nil
			}
			receipt, err := p.BankPortal.SubmitApplication(ctx, call, a)
			if err == nil {
				kept.Store(call.IdempotencyKey, receipt)
			}
			return receipt, err
		}
	},
	"hoards": func(_ *sdk.Connector, p *portal) {
		p.before(func(sdk.Call, sdk.Application) {
			block := make([]byte, 2<<20)
			for i := 0; i < len(block); i += 4096 {
				block[i] = 1
			}
			hoard = append(hoard, block)
		})
	},
	"logs-people": func(_ *sdk.Connector, p *portal) {
		p.before(func(_ sdk.Call, a sdk.Application) { slog.Error("sending", "who", a.Parties[0].LastName) })
	},
	"logs-secrets": func(_ *sdk.Connector, p *portal) {
		p.before(func(call sdk.Call, _ sdk.Application) { slog.Error("sending", "config", string(call.Config)) })
	},
	"calls-home": func(_ *sdk.Connector, p *portal) {
		p.before(func(call sdk.Call, _ sdk.Application) {
			if answer, err := call.Client().Get("https://telemetry.example"); err == nil {
				_ = answer.Body.Close()
			}
		})
	},
	"prints": func(_ *sdk.Connector, p *portal) {
		p.before(func(sdk.Call, sdk.Application) { _, _ = syscall.Write(1, []byte("sending\n")) })
	},
}

// believing takes every 404, and every page, for the bank's word.
func believing(p *portal) func(context.Context, sdk.Call, sdk.Application) (sdk.Receipt, error) {
	return func(ctx context.Context, call sdk.Call, a sdk.Application) (sdk.Receipt, error) {
		receipt, err := p.BankPortal.ReconcileSubmission(ctx, call, a)
		var failed sdk.Error
		if errors.As(err, &failed) && failed.Kind == sdk.ContractDrift {
			err = sdk.NotFound()
		}
		return receipt, err
	}
}

func tryingAgain(p *portal) func(context.Context, sdk.Call, sdk.Application) (sdk.Receipt, error) {
	return func(ctx context.Context, call sdk.Call, a sdk.Application) (receipt sdk.Receipt, err error) {
		for range 2 {
			receipt, err = p.BankPortal.SubmitApplication(ctx, call, a)
			var failed sdk.Error
			if !errors.As(err, &failed) || failed.Kind != sdk.Unavailable {
				break
			}
		}
		return receipt, err
	}
}

// pages reads the same page again and again, or only the first.
type pages struct {
	sdk.OpenBanking
	flaw string
}

func (p pages) FetchTransactions(ctx context.Context, call sdk.Call, started sdk.StartedConsent, q sdk.TransactionQuestion) (sdk.TransactionPage, error) {
	if p.flaw == "same-page" {
		q.Page = ""
	}
	page, err := p.OpenBanking.FetchTransactions(ctx, call, started, q)
	if p.flaw == "first-page" {
		page.NextPage = ""
	}
	return page, err
}

// unordered lets a map's order into its answer.
type unordered struct{}

func (unordered) AnalyseTransactions(_ context.Context, _ sdk.Call, order sdk.AnalysisOrder) (out sdk.CashFlow, err error) {
	by := map[string]int64{}
	for _, account := range order.Accounts {
		for _, t := range account.Transactions {
			by[t.ID] += t.AmountCents
		}
	}
	for id := range maps.Keys(by) {
		out.Figures = append(out.Figures, sdk.Figure{Name: "one_cents", Value: by[id], Rule: "x", Transactions: []string{id}})
	}
	return out, nil
}
