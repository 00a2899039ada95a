package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
)

// PolicyCmd answers for the policy.
type PolicyCmd struct {
	Explain PolicyExplainCmd `cmd:"" help:"Say whether somebody may do something, and which rule decides."`
}

// PolicyExplainCmd asks about one person or key, one action and one thing.
type PolicyExplainCmd struct {
	As     string `required:"" help:"Who: the e-mail or id (usr_…, mbr_…) of a member, or a key (key_…)."`
	Do     string `required:"" help:"The action, like applications.write."`
	On     string `help:"What it would be done to (app_…, sub_…, doc_…); without it, anything of the kind."`
	Agency string `help:"The agency (agn_…); may be left out for the e-mail of somebody who is in one agency only."`
}

// Run prints the explanation. That the answer is no is an answer: it exits with 0 either way.
func (c PolicyExplainCmd) Run(ctx context.Context, cfg Config) error {
	a, err := open(ctx, cfg)
	if err != nil {
		return err
	}
	defer a.close()
	if err = a.explainPolicy(ctx, c, os.Stdout); fault.Is(err, fault.Invalid) { // nothing that could be answered was asked
		return &ExitError{2, err}
	}
	return err
}

func (a *app) explainPolicy(ctx context.Context, c PolicyExplainCmd, out io.Writer) error {
	agency, err := a.agencyOf(ctx, c)
	if err != nil {
		return err
	}
	scope, err := a.operator.Scope(agency, "command line")
	if err != nil {
		return err
	}
	e, err := a.deps.Tenants.Explain(ctx, scope.For("roles.read"), c.As, c.Do, c.On)
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, e.Lines())
	return err
}

// agencyOf is the agency that was named, or the only one of the person.
func (a *app) agencyOf(ctx context.Context, c PolicyExplainCmd) (ident.AgencyID, error) {
	if c.Agency != "" {
		id, err := ident.ParseAgency(c.Agency)
		if err != nil {
			return id, fault.Missing("agency")
		}
		return id, nil
	}
	who, found, err := a.directory.Person(ctx, strings.ToLower(c.As))
	if err != nil {
		return ident.AgencyID{}, err
	}
	if !found {
		return ident.AgencyID{}, fault.New(fault.NotFound, "user.not_found", "Nobody has this e-mail. Name the agency with --agency to ask by id.")
	}
	places, err := a.directory.Agencies(ctx, who.User())
	if err != nil {
		return ident.AgencyID{}, err
	}
	if len(places) == 0 {
		return ident.AgencyID{}, fault.New(fault.NotFound, "policy.nowhere", "This person is in no agency.")
	}
	if len(places) != 1 {
		names := []string{}
		for _, p := range places {
			names = append(names, fmt.Sprintf("%s (%s)", p.Agency, p.Name))
		}
		return ident.AgencyID{}, fault.New(fault.Invalid, "policy.agency", "Say which agency with --agency: "+strings.Join(names, ", ")+".")
	}
	return places[0].Agency, nil
}
