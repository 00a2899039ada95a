package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/pratica-crm/pratica/core/blob"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/documents/clamd"
	"github.com/pratica-crm/pratica/core/documents/watermark"
)

// StampCmd is the process in which one PDF is stamped; the server starts it.
type StampCmd struct{}

// Run stamps standard input.
func (StampCmd) Run() error {
	if code := watermark.Main(os.Stdin, os.Stdout); code != 0 {
		return &ExitError{Code: code}
	}
	return nil
}

// contents opens where documents are kept: the object store where one is named, else the folder.
func (c Config) contents() (blob.Store, error) {
	switch {
	case c.BlobURL != "":
		return blob.Open(c.BlobURL, c.S3AccessKey.Reveal(), c.S3Secret.Reveal())
	case c.BlobDir != "":
		return blob.OpenFiles(c.BlobDir)
	}
	return nil, fmt.Errorf("PRATICA_BLOB_DIR (folder of the encrypted documents) and PRATICA_BLOB_URL (object store) are %w; give one of them", errUnset)
}

// guard has the documents scanned for malware, where a scanner is named, and stamped.
func (c Config) guard(papers *documents.Service) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program, which stamps documents: %w", err)
	}
	papers.MarkWith(watermark.NewProcess(self, "stamp"))
	if c.ClamdURL == "" {
		return nil
	}
	scanner, err := clamd.New(c.ClamdURL)
	if err == nil {
		papers.ScanWith(scanner)
	}
	return err
}

// doctorContents uses the store as the product does. A folder is only written to: what is not there stays so.
func doctorContents(ctx context.Context, cfg Config) (string, error) {
	if cfg.BlobURL == "" {
		if cfg.BlobDir == "" {
			_, err := cfg.contents()
			return "", err
		}
		return cfg.BlobDir, doctorFolder(cfg)
	}
	store, err := cfg.contents()
	if err == nil {
		err = blob.Check(ctx, store)
	}
	if err != nil {
		return "", fmt.Errorf("PRATICA_BLOB_URL: %w", err)
	}
	if _, direct := store.(blob.Direct); direct {
		return "the object store writes, reads and removes; it alone encrypts the documents", nil
	}
	return "the object store writes, reads and removes; documents are encrypted before they go there", nil
}

func doctorScanner(ctx context.Context, cfg Config) (string, error) {
	if cfg.ClamdURL == "" {
		return "none: documents are marked not_scanned; PRATICA_CLAMD_URL names a clamd", nil
	}
	scanner, err := clamd.New(cfg.ClamdURL)
	if err != nil {
		return "", err
	}
	if scanner.Ping(ctx) != nil {
		return "", errors.New("clamd does not answer, and no document can be uploaded; start it, or take PRATICA_CLAMD_URL away")
	}
	return "answers", nil
}
