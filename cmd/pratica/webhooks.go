package main

import (
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/netguard"
	"github.com/pratica-crm/pratica/core/webhooks"
	"github.com/pratica-crm/pratica/core/webhooks/post"
)

// Attempts under way in a worker, and of them those of one agency. They wait for other people's servers and hold nothing of ours.
const (
	couriers     = 256
	courierShare = 8
	courierLook  = 250 * time.Millisecond
)

// hooks builds what tells agencies' own systems what happens.
func (a *app) hooks() *webhooks.Service {
	guard := &netguard.Guard{Ports: webhooks.Ports, Targets: strings.FieldsFunc(strings.ToLower(a.cfg.WebhookTargets), func(r rune) bool { return r == ',' || r == ' ' })}
	client := post.New(guard, nil)
	a.closers = append(a.closers, client.Close)
	return webhooks.New(a.db, guard, client, a.cfg.PublicURL)
}

func (a *app) courier() *webhooks.Courier {
	return &webhooks.Courier{Service: a.deps.Webhooks, Operator: a.operator, Now: a.now, Every: courierLook, AtOnce: couriers, Share: courierShare}
}
