package crypto

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// service stands for a key management service: it speaks the protocol of the real one as far as wrapping a key goes, keeps its key to
// itself and encrypts in earnest, associated data included. The real services were not available to these tests.
type service struct {
	aead  cipher.AEAD
	down  bool
	calls int
}

func newService(t *testing.T) *service {
	t.Helper()
	block, err := aes.NewCipher(random())
	must(t, err)
	aead, err := cipher.NewGCM(block)
	must(t, err)
	return &service{aead: aead}
}

func (s *service) encrypt(plain, bound []byte) []byte {
	nonce := make([]byte, s.aead.NonceSize())
	_, _ = rand.Read(nonce)
	return s.aead.Seal(nonce, nonce, plain, bound)
}

func (s *service) decrypt(sealed, bound []byte) ([]byte, error) {
	if len(sealed) < s.aead.NonceSize() {
		return nil, errors.New("too short")
	}
	return s.aead.Open(nil, sealed[:s.aead.NonceSize()], sealed[s.aead.NonceSize():], bound)
}

const arnOfKey = "arn:aws:kms:eu-south-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

// kms speaks AWS's JSON 1.1.
func (s *service) kms(w http.ResponseWriter, r *http.Request) {
	s.calls++
	var in struct {
		KeyID             string `json:"KeyId"`
		Plaintext         []byte
		CiphertextBlob    []byte
		EncryptionContext map[string]string
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	refuse := func(kind string) {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": kind, "message": "secret detail"})
	}
	signed := strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") && strings.Contains(r.Header.Get("Authorization"), "/eu-south-1/kms/aws4_request")
	if json.NewDecoder(r.Body).Decode(&in) != nil || !signed || in.KeyID != arnOfKey || s.down {
		refuse("AccessDeniedException")
		return
	}
	bound, _ := json.Marshal(in.EncryptionContext)
	switch r.Header.Get("X-Amz-Target") {
	case "TrentService.Encrypt":
		_ = json.NewEncoder(w).Encode(map[string]any{"KeyId": arnOfKey, "CiphertextBlob": s.encrypt(in.Plaintext, bound)})
	case "TrentService.Decrypt":
		plain, err := s.decrypt(in.CiphertextBlob, bound)
		if err != nil {
			refuse("InvalidCiphertextException")
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"KeyId": arnOfKey, "Plaintext": plain})
	default:
		refuse("UnknownOperationException")
	}
}

// vault speaks the transit engine of HashiCorp Vault.
func (s *service) vault(w http.ResponseWriter, r *http.Request) {
	s.calls++
	var in struct {
		Plaintext  []byte `json:"plaintext"`
		Ciphertext string `json:"ciphertext"`
		Bound      []byte `json:"associated_data"`
	}
	refuse := func(status int) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(`{"errors":["secret detail"]}`))
	}
	if r.Header.Get("X-Vault-Token") != "token" || s.down {
		refuse(http.StatusForbidden)
		return
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil {
		refuse(http.StatusBadRequest)
		return
	}
	switch r.URL.Path {
	case "/v1/transit/encrypt/pratica":
		_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]string{"ciphertext": "vault:v1:" + base64.StdEncoding.EncodeToString(s.encrypt(in.Plaintext, in.Bound))}})
	case "/v1/transit/decrypt/pratica":
		sealed, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(in.Ciphertext, "vault:v1:"))
		var plain []byte
		if err == nil {
			plain, err = s.decrypt(sealed, in.Bound)
		}
		if err != nil {
			refuse(http.StatusBadRequest)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string][]byte{"plaintext": plain}})
	default:
		refuse(http.StatusNotFound)
	}
}

// TestRootKeyElsewhere: an agency's key is wrapped by a service, opens by it alone and only for its agency, and moves from one to the other.
func TestRootKeyElsewhere(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	t.Setenv("VAULT_TOKEN", "token")
	t.Setenv("VAULT_MAX_RETRIES", "0")
	file, err := OpenRoot(filepath.Join(t.TempDir(), "root.key"), true)
	must(t, err)
	for name, c := range map[string]struct {
		address, uri string
		serve        func(*service) http.HandlerFunc
	}{
		"aws-kms": {"AWS_ENDPOINT_URL_KMS", "aws-kms://" + arnOfKey, func(s *service) http.HandlerFunc { return s.kms }},
		"hcvault": {"VAULT_ADDR", "hcvault://vault.test:8200/transit/keys/pratica", func(s *service) http.HandlerFunc { return s.vault }},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			server := httptest.NewServer(c.serve(s))
			defer server.Close()
			t.Setenv(c.address, server.URL)
			root, err := OpenRootURI(c.uri)
			must(t, err)
			must(t, root.Check())
			keys, wrapped := agency(t, root, "agn_a", 0)
			here := Place{"subjects", "sub_1", "incomes"}
			sealed, err := keys.Seal(here, []byte("3141"))
			must(t, err)
			calls := s.calls
			if plain, err := keys.Open(here, sealed); err != nil || string(plain) != "3141" || s.calls != calls {
				t.Errorf("%q %v after %d calls more", plain, err, s.calls-calls)
			}
			if _, err := root.TenantKey("agn_b", wrapped); !errors.Is(err, ErrRoot) {
				t.Errorf("A's key opened as B's: %v", err)
			}
			if _, err := file.TenantKey("agn_a", wrapped); !errors.Is(err, ErrRoot) {
				t.Errorf("without the service it opened: %v", err)
			}
			moved := wrapped[0]
			if moved.Key, err = file.After(root).Rewrap("agn_a", wrapped[0]); err != nil {
				t.Fatal(err)
			}
			if k, err := file.TenantKey("agn_a", []Wrapped{moved}); err != nil {
				t.Errorf("moved to the file: %v", err)
			} else if plain, err := k.Open(here, sealed); err != nil || string(plain) != "3141" {
				t.Errorf("moved to the file: %q %v", plain, err)
			}
			s.down = true
			if _, err := root.TenantKey("agn_a", wrapped); !errors.Is(err, ErrRoot) || strings.Contains(err.Error(), "secret") {
				t.Errorf("a service that refuses: %v", err)
			}
		})
	}
}
