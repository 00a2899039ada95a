package policies

import (
	"fmt"
	"strconv"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"

	"github.com/pratica-crm/pratica/core/access"
)

// domain stands for the one agency an enforcer is built for; its rules are never mixed with another's.
const domain = "self"

// casbin is an enforcer over the roles; it knows no rules yet.
func (b *base) casbin(heirs [][2]string) (*casbin.Enforcer, error) {
	m, err := model.NewModelFromString(b.model)
	if err != nil {
		return nil, fmt.Errorf("policies/model.conf: %w", err)
	}
	e, err := casbin.NewEnforcer(m)
	if err != nil {
		return nil, fmt.Errorf("casbin: %w", err)
	}
	e.AddFunction("holds", holds)
	for _, list := range [][][2]string{b.heirs, heirs} {
		for _, g := range list {
			if _, err := e.AddGroupingPolicy(g[0], g[1], domain); err != nil {
				return nil, fmt.Errorf("casbin: %w", err)
			}
		}
	}
	return e, nil
}

// hierarchy has casbin say what each role inherits from, itself first.
func (b *base) hierarchy(heirs [][2]string, roles []string) (map[string][]string, error) {
	e, err := b.casbin(heirs)
	if err != nil {
		return nil, err
	}
	up := make(map[string][]string, len(roles))
	for _, r := range roles {
		parents, err := e.GetImplicitRolesForUser(r, domain)
		if err != nil {
			return nil, fmt.Errorf("casbin: %w", err)
		}
		up[r] = append([]string{r}, parents...)
	}
	return up, nil
}

// enforcer is casbin over the default rules and a rulebook: the oracle of the tables.
func (b *base) enforcer(book access.Rulebook) (*casbin.Enforcer, error) {
	heirs, _ := b.own(book)
	e, err := b.casbin(heirs)
	if err != nil {
		return nil, err
	}
	for _, rules := range [][]access.Rule{b.rules, b.lawful(book)} {
		for _, r := range rules {
			if _, err := e.AddPolicy(r.Role, domain, string(r.Action), strconv.FormatBool(r.When.Unless), strconv.FormatBool(r.When.Own), strconv.FormatBool(r.When.Branch),
				strconv.FormatInt(r.When.MinCents, 10), strconv.FormatInt(r.When.MaxCents, 10), effect(r.Allow)); err != nil {
				return nil, fmt.Errorf("casbin: %w", err)
			}
		}
	}
	return e, nil
}

func effect(allow bool) string {
	if allow {
		return "allow"
	}
	return "deny"
}

// holds is the matcher's function over attributes: unless, own, branch, least, most of the rule; the person and the file of the request.
func holds(args ...any) (any, error) {
	rule := [5]string{}
	for i := range rule {
		rule[i] = args[i].(string)
	}
	who, file := args[5].(access.Person), args[6].(access.File)
	least, err := strconv.ParseInt(rule[3], 10, 64)
	if err != nil {
		return false, err
	}
	most, err := strconv.ParseInt(rule[4], 10, 64)
	if err != nil {
		return false, err
	}
	mine := !who.User.IsZero() && who.User == file.Owner
	near := who.Branch != "" && who.Branch == file.Branch
	all := (rule[1] == "false" || mine) && (rule[2] == "false" || near) && file.AmountCents >= least && (most == 0 || file.AmountCents <= most)
	return all == (rule[0] == "false"), nil
}
