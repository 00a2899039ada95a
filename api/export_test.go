package api

import (
	"io"
	"net/http"
	"time"
)

// Weights are the weights of routes.
var Weights = weights

// Paced is a request's body at a pace of the test's.
func Paced(w http.ResponseWriter, r *http.Request, grace time.Duration, rate int64) io.ReadCloser {
	return &pace{ReadCloser: r.Body, out: http.NewResponseController(w), now: time.Now, grace: grace, rate: rate}
}
