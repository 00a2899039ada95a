// Package blob keeps contents by key: in a folder, or in an object store that speaks S3.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
)

// Store keeps contents. Keys are made by the platform, never from what a person typed.
type Store interface {
	// Put stores what write writes; when it fails, nothing is stored.
	Put(ctx context.Context, key string, write func(io.Writer) error) error
	// Open reads a content; ErrMissing when there is none.
	Open(ctx context.Context, key string) (io.ReadCloser, error)
	// Delete removes a content, if it is there.
	Delete(ctx context.Context, key string) error
}

// ErrMissing: there is no content of this key.
var ErrMissing = errors.New("no such content")

// Files is the file-system driver.
type Files struct{ dir string }

// OpenFiles prepares a folder.
func OpenFiles(dir string) (*Files, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("blob folder: %w", err)
	}
	return &Files{dir}, nil
}

// keys are an agency and a document: "agn_…/doc_…-…". Anything else could leave the folder.
var keys = regexp.MustCompile(`^[a-z0-9_]{1,64}/[a-z0-9_-]{1,80}$`)

var errKey = errors.New("blob key has another form than agency/document")

func (f *Files) path(key string) (string, error) {
	if !keys.MatchString(key) {
		return "", errKey
	}
	return filepath.Join(f.dir, filepath.FromSlash(key)), nil
}

// Put writes to a temporary file, syncs it and renames it: a crash leaves the whole content or none.
func (f *Files) Put(_ context.Context, key string, write func(io.Writer) error) (err error) {
	path, err := f.path(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("blob folder: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".put-*")
	if err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	defer func() {
		_ = tmp.Close()           // a second close after success reports an error that means nothing
		_ = os.Remove(tmp.Name()) // gone already after the rename
	}()
	if err := write(tmp); err != nil {
		return err
	}
	if err := tmp.Sync(); err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	if err := tmp.Close(); err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("blob: %w", err)
	}
	return nil
}

// Open reads a content.
func (f *Files) Open(_ context.Context, key string) (io.ReadCloser, error) {
	path, err := f.path(key)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrMissing
	}
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	return file, nil
}

// Delete removes a content.
func (f *Files) Delete(_ context.Context, key string) error {
	path, err := f.path(key)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("blob: %w", err)
	}
	return nil
}
