package blob

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/encrypt"

	"github.com/pratica-crm/pratica/core/fault"
)

// Direct is a store that encrypts contents itself, and lets a reader fetch one from it for a moment.
type Direct interface {
	Store
	// Address is a signed address that gives out a content for AddressFor, as this media type under this Content-Disposition and no other.
	Address(ctx context.Context, key, mediaType, disposition string) (string, error)
}

// AddressFor is how long a signed address gives out its content.
const AddressFor = time.Minute

// partBytes is what is held of a content that streams to S3: its smallest part.
const partBytes = 5 << 20

// Open opens the store of an address: s3://bucket?endpoint=https://…&region=… with its credentials.
//
//	sse         none (as the bucket is set), s3 or kms:KEY: how the store encrypts what it keeps
//	encryption  own (the default): contents come encrypted under their own keys; server: only the store encrypts, and gives contents out itself
func Open(address, accessKey, secret string) (Store, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "s3" || u.Host == "" || u.Path != "" {
		return nil, errors.New("the address of the document store looks like s3://bucket?endpoint=https://host&region=eu-south-1")
	}
	q := u.Query()
	for name := range q {
		switch name {
		case "endpoint", "region", "sse", "encryption":
		default:
			return nil, fmt.Errorf("the document store has no setting %q; there are endpoint, region, sse and encryption", name)
		}
	}
	endpoint, err := url.Parse(q.Get("endpoint"))
	if err != nil || endpoint.Scheme != "https" && endpoint.Scheme != "http" || endpoint.Host == "" {
		return nil, errors.New("the endpoint of the document store is an address: https://host or https://host:port")
	}
	if accessKey == "" || secret == "" {
		return nil, errors.New("the document store needs PRATICA_S3_ACCESS_KEY and PRATICA_S3_SECRET")
	}
	s := &S3{bucket: u.Host}
	if s.sse, err = serverSide(q.Get("sse")); err != nil {
		return nil, err
	}
	s.client, err = minio.NewCore(endpoint.Host, &minio.Options{Creds: credentials.NewStaticV4(accessKey, secret, ""), Secure: endpoint.Scheme == "https", Region: q.Get("region"), MaxRetries: 3})
	if err != nil {
		return nil, fmt.Errorf("document store: %w", err)
	}
	switch encryption := q.Get("encryption"); {
	case encryption == "" || encryption == "own":
		return s, nil
	case encryption != "server":
		return nil, errors.New("the encryption of the document store is own or server")
	case s.sse == nil:
		return nil, errors.New("encryption=server needs sse=s3 or sse=kms:KEY: otherwise nothing would encrypt the documents")
	}
	return &direct{s}, nil
}

func serverSide(setting string) (encrypt.ServerSide, error) {
	key, kms := strings.CutPrefix(setting, "kms:")
	switch {
	case setting == "" || setting == "none":
		return nil, nil
	case setting == "s3":
		return encrypt.NewSSE(), nil
	case kms && key != "":
		return encrypt.NewSSEKMS(key, nil)
	}
	return nil, errors.New("sse of the document store is none, s3 or kms:KEY")
}

// S3 is the driver of object stores that speak S3.
type S3 struct {
	client *minio.Core
	bucket string
	sse    encrypt.ServerSide // nil: as the bucket is set
}

// Put streams in parts; one that fails is taken back, so that neither parts nor half a content stay.
func (s *S3) Put(ctx context.Context, key string, write func(io.Writer) error) error {
	if !keys.MatchString(key) {
		return errKey
	}
	r, w := io.Pipe()
	wrote := make(chan error, 1)
	go func() {
		err := fault.Guard("document.storage", func() error { return write(w) })
		wrote <- err
		_ = w.CloseWithError(err) // never fails
	}()
	_, err := s.client.Client.PutObject(ctx, s.bucket, key, r, -1, minio.PutObjectOptions{PartSize: partBytes, NumThreads: 1, ServerSideEncryption: s.sse, ContentType: "application/octet-stream"})
	if err != nil {
		err = away(err)
	}
	select {
	case own := <-wrote: // what ended the stream was its writer
		err = cmp.Or(own, err)
	default:
		_ = r.CloseWithError(err) // never fails
		<-wrote
	}
	if err != nil { // its end may have been carried out and only the answer lost
		clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		err = errors.Join(err, s.Delete(clean, key))
	}
	return err
}

// Open reads a content.
func (s *S3) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if !keys.MatchString(key) {
		return nil, errKey
	}
	r, _, _, err := s.client.GetObject(ctx, s.bucket, key, minio.GetObjectOptions{})
	if code := minio.ToErrorResponse(err).Code; code == minio.NoSuchKey {
		return nil, ErrMissing
	}
	if err != nil {
		return nil, away(err)
	}
	return r, nil
}

// Delete removes a content.
func (s *S3) Delete(ctx context.Context, key string) error {
	if !keys.MatchString(key) {
		return errKey
	}
	if err := s.client.RemoveObject(ctx, s.bucket, key, minio.RemoveObjectOptions{}); err != nil {
		return away(err)
	}
	return nil
}

// away keeps the store's words, which name buckets and keys, out of what people are told.
func away(err error) error {
	return fault.Wrap(err, fault.Unavailable, "document.storage_unavailable", "The document store does not answer as it should. Nothing was changed; try again in a minute.")
}

// direct is S3 that alone encrypts.
type direct struct{ *S3 }

// Address signs; it asks the store nothing.
func (d *direct) Address(ctx context.Context, key, mediaType, disposition string) (string, error) {
	if !keys.MatchString(key) {
		return "", errKey
	}
	u, err := d.client.PresignedGetObject(ctx, d.bucket, key, AddressFor, url.Values{
		"response-content-type": {mediaType}, "response-content-disposition": {disposition}, "response-cache-control": {"private, no-store"}})
	if err != nil {
		return "", away(err)
	}
	return u.String(), nil
}

// Check writes, reads and removes a content: all that the product does with a store.
func Check(ctx context.Context, s Store) error {
	key, text := "doctor/probe-"+strings.ToLower(rand.Text()), []byte("probe")
	err := s.Put(ctx, key, func(w io.Writer) error { _, err := w.Write(text); return err })
	if err != nil {
		return err
	}
	r, err := s.Open(ctx, key)
	if err != nil {
		return errors.Join(err, s.Delete(ctx, key))
	}
	got, err := io.ReadAll(r)
	if err == nil && !bytes.Equal(got, text) {
		err = errors.New("the document store gives back something else than it was given")
	}
	return errors.Join(err, r.Close(), s.Delete(ctx, key))
}
