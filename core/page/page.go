// Package page has what every list shares: a bounded size and an opaque cursor.
package page

import (
	"encoding/base64"
	"encoding/json"

	"github.com/pratica-crm/pratica/core/fault"
)

// Page is a slice of a list; NextCursor asks for what follows, nil at the end.
type Page[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor"`
}

// Query is what a list is asked for.
type Query struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" maxLength:"400"`
}

// Size is the limit within its bounds.
func (q Query) Size() int {
	if q.Limit < 1 || q.Limit > 200 {
		return 50
	}
	return q.Limit
}

// Key reads the sort key a cursor stands for into dst; found is false for the first page.
func (q Query) Key(dst any) (found bool, err error) {
	if q.Cursor == "" {
		return false, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	if err == nil {
		err = json.Unmarshal(raw, dst)
	}
	if again, _ := json.Marshal(dst); err != nil || base64.RawURLEncoding.EncodeToString(again) != q.Cursor { // what we did not write, we do not read
		return false, fault.Input("list.cursor", "/cursor", "This cursor is not one of ours. Start from the first page.")
	}
	return true, nil
}

// Of makes a page of rows that were read with one more than the size; key gives the sort key of an item.
func Of[T, K any](rows []T, size int, key func(T) K) Page[T] {
	if rows == nil {
		rows = []T{}
	}
	if len(rows) <= size {
		return Page[T]{Items: rows}
	}
	raw, _ := json.Marshal(key(rows[size-1])) // keys are plain values
	next := base64.RawURLEncoding.EncodeToString(raw)
	return Page[T]{Items: rows[:size], NextCursor: &next}
}
