package jobs

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/ident"
)

// BatchSize is how many items a worker takes at once.
const BatchSize = 100

// Job is long work and how far it is.
type Job struct {
	ID         ident.JobID     `json:"id"`
	Kind       string          `json:"kind"`
	State      string          `json:"state" enum:"queued,running,done,cancelled,failed"`
	About      json.RawMessage `json:"about" doc:"What it works on; its members depend on the kind"`
	UndoOf     *ident.JobID    `json:"undo_of"`
	UndoneBy   *ident.JobID    `json:"undone_by"`
	Total      int             `json:"total"`
	Done       int             `json:"done"`
	Skipped    int             `json:"skipped"`
	Failed     int             `json:"failed"`
	Notable    int             `json:"notable" doc:"Items whose result somebody should look at"`
	Percent    int             `json:"percent"`
	Estimate   *int            `json:"estimate_seconds" doc:"What is left at the pace so far; null when there is none yet, or nothing left"`
	Problem    *string         `json:"problem"`
	CreatedBy  string          `json:"created_by"`
	CreatedAt  time.Time       `json:"created_at"`
	StartedAt  *time.Time      `json:"started_at"`
	FinishedAt *time.Time      `json:"finished_at"`
	Version    int             `json:"version"`

	Request json.RawMessage `json:"-"` // for the kind's own eyes
}

// Tag is the version answered as ETag.
func (j Job) Tag() int { return j.Version }

// Location is the job's address.
func (j Job) Location() string { return "/api/v1/jobs/" + j.ID.String() }

// Ended tells whether nothing happens to it any more.
func (j Job) Ended() bool { return j.State != "queued" && j.State != "running" }

// settled counts items that are not waiting.
func (j Job) settled() int { return j.Done + j.Skipped + j.Failed }

// measure computes percent and estimate from what is settled.
func (j *Job) measure(now time.Time) {
	j.Percent = 100
	if j.Total > 0 {
		j.Percent = 100 * j.settled() / j.Total
	}
	if j.StartedAt == nil || j.Ended() || j.settled() == 0 {
		return
	}
	left := int(max(0, now.Sub(*j.StartedAt).Seconds()) * float64(j.Total-j.settled()) / float64(j.settled()))
	j.Estimate = &left
}

// Item is one thing a job works on.
type Item struct {
	Number  int             `json:"number"`
	Ref     string          `json:"ref" doc:"Id of what it is about"`
	Label   string          `json:"label"`
	State   string          `json:"state" enum:"waiting,done,skipped,failed"`
	Notable bool            `json:"notable"`
	Result  json.RawMessage `json:"result" doc:"Its members depend on the job's kind; null while it waits"`

	Job      ident.JobID `json:"-"`
	Noun     string      `json:"-"` // application, submission
	ID       uuid.UUID   `json:"-"`
	Attempts int         `json:"-"`
}

// Instance is the id of the machine an item is about.
func (i Item) Instance() ident.InstanceID { return ident.InstanceID{UUID: i.ID} }

// ref is the outside form of the noun's id.
func ref(noun string, id uuid.UUID) string {
	switch noun {
	case "application":
		return ident.ApplicationID{UUID: id}.String()
	case "submission":
		return ident.SubmissionID{UUID: id}.String()
	}
	return ident.InstanceID{UUID: id}.String()
}
