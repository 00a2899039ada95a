package crypto

import "fmt"

// SealFor encrypts a small secret of a person, who is above all agencies: by the root key itself, bound to the person's name.
func (r *Root) SealFor(person string, secret []byte) ([]byte, error) {
	sealed, err := r.aead.Encrypt(secret, []byte("person "+person))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return sealed, nil
}

// OpenFor decrypts what SealFor sealed for the same person.
func (r *Root) OpenFor(person string, sealed []byte) ([]byte, error) {
	secret, err := r.aead.Decrypt(sealed, []byte("person "+person))
	if err != nil {
		return nil, fmt.Errorf("unseal: %w", err)
	}
	return secret, nil
}
