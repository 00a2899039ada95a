package connectors

import "github.com/pratica-crm/pratica/core/webhooks"

// failed is what the agency's own systems are told of an operation that has failed for good.
func (o Operation) failed(a Answer) webhooks.Event {
	e := webhooks.Operation{ID: o.ID, ConnectionID: o.connection, ApplicationID: o.ApplicationID, SubmissionID: o.SubmissionID, Connector: o.Connector, Method: o.Method, Version: o.Version + 1}
	if a.Failure != nil {
		e.Kind, e.Code = a.Failure.Kind, a.Failure.Code
	}
	return e
}
