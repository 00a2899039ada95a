package main

import "github.com/pratica-crm/pratica/core/webhooks"

// deaf is a target of webhooks, and a bank, where nobody listens.
const deaf = "127.0.0.1:8443"

func hook() object {
	return object{"url": "https://" + deaf + "/in?token=sesame", "types": []string{webhooks.ApplicationMoved}}
}

// hook is an address of A's own systems.
func (s *story) hook() string {
	s.t.Helper()
	return "/webhooks/" + s.admin.do("POST", "/webhooks", hook()).want(201).str("id")
}

// attempted is one with an event that the worker has tried to deliver.
func (s *story) attempted() (at, event string) {
	s.t.Helper()
	at = s.hook()
	event = s.admin.do("POST", at+"/test", nil).want(200).str("id")
	eventually(s.t, "the worker's attempt", func() bool {
		sent := s.admin.do("GET", at+"/deliveries", nil).want(200).items()
		return len(sent) == 1 && sent[0]["outcome"] == "unreachable" && sent[0]["state"] == "pending"
	})
	return at, event
}
