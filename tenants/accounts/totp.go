package accounts

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"image/png"
	"strings"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// A code of RFC 6238 as every app makes them: six digits, half a minute; the one before and after count too, for clocks that differ.
const (
	stepSeconds = 30
	drift       = 1
	qrSize      = 240 // pixels
)

// Sealer keeps a person's secret unreadable in the database; core/crypto's Root implements it.
type Sealer interface {
	SealFor(person string, secret []byte) ([]byte, error)
	OpenFor(person string, sealed []byte) ([]byte, error)
}

// TOTPEnrolment is what an app is set up with; it is shown this once.
type TOTPEnrolment struct {
	Secret string `json:"secret" doc:"Base32, to type into an app"`
	URL    string `json:"url" doc:"otpauth://…"`
	QR     string `json:"qr" doc:"The URL as a picture: data:image/png;base64,…"`
}

var (
	errTOTPOn  = fault.New(fault.Conflict, "auth.totp_on", "Codes from an app are on already. Turn them off first, to use another app.")
	errTOTPOff = fault.New(fault.Conflict, "auth.totp_off", "There is nothing to confirm. Begin with POST /api/v1/me/totp.")
	errCode    = fault.Input("auth.code", "/code", "This code is not right, or was used before. Wait for the next one.")
)

// EnrolTOTP makes a secret, which counts once a code of it has confirmed it.
func (s *Service) EnrolTOTP(ctx context.Context, id tenancy.Identity) (TOTPEnrolment, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Pratica", AccountName: id.Email})
	if err != nil {
		return TOTPEnrolment{}, fmt.Errorf("make a secret: %w", err)
	}
	picture, err := key.Image(qrSize, qrSize)
	if err != nil {
		return TOTPEnrolment{}, fmt.Errorf("draw a secret: %w", err)
	}
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		return TOTPEnrolment{}, fmt.Errorf("draw a secret: %w", err)
	}
	user := id.Actor.User()
	sealed, err := s.parts.Sealer.SealFor(user.String(), []byte(key.Secret()))
	if err != nil {
		return TOTPEnrolment{}, err
	}
	switch kept, err := s.directory.EnrolTOTP(ctx, user, sealed); {
	case err != nil:
		return TOTPEnrolment{}, err
	case !kept:
		return TOTPEnrolment{}, errTOTPOn
	}
	return TOTPEnrolment{key.Secret(), key.URL(), "data:image/png;base64," + base64.StdEncoding.EncodeToString(file.Bytes())}, nil
}

// ConfirmTOTP turns codes on and returns ten recovery codes, which are shown this once; earlier ones end.
func (s *Service) ConfirmTOTP(ctx context.Context, id tenancy.Identity, code string, from Origin) (codes []string, err error) {
	user := id.Actor.User()
	switch _, confirmed, found, err := s.directory.TOTP(ctx, user); {
	case err != nil:
		return nil, err
	case !found:
		return nil, errTOTPOff
	case confirmed:
		return nil, errTOTPOn
	}
	if err := s.limits.try(ctx, perPerson(user.String())); err != nil {
		return nil, err
	}
	ok, err := s.takeCode(ctx, user, code, true)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, s.refuse(ctx, user, stepFactor, "totp", from, errCode)
	}
	s.limits.forget(ctx, perPerson(user.String()))
	if err := s.changed(ctx, user, totpAdded, from); err != nil {
		return nil, err
	}
	return s.renewCodes(ctx, user)
}

// RemoveTOTP turns codes off.
func (s *Service) RemoveTOTP(ctx context.Context, id tenancy.Identity, from Origin) error {
	user := id.Actor.User()
	switch was, err := s.directory.RemoveTOTP(ctx, user); {
	case err != nil:
		return err
	case !was:
		return fault.Missing("totp")
	}
	if err := s.directory.DropStrayCodes(ctx, user); err != nil {
		return err
	}
	return s.changed(ctx, user, totpRemoved, from)
}

// takeCode reports whether a code is right and of a half minute of which none was taken before.
func (s *Service) takeCode(ctx context.Context, user ident.UserID, code string, confirming bool) (bool, error) {
	sealed, confirmed, found, err := s.directory.TOTP(ctx, user)
	if err != nil || !found || (!confirmed && !confirming) {
		return false, err
	}
	secret, err := s.parts.Sealer.OpenFor(user.String(), sealed)
	if err != nil {
		return false, err
	}
	step, ok, err := stepOf(string(secret), code, s.now().Unix()/stepSeconds)
	if err != nil || !ok {
		return false, err
	}
	return s.directory.TakeTOTPStep(ctx, user, step, confirming)
}

// stepOf finds the half minute around now that a code belongs to.
func stepOf(secret, code string, now int64) (step int64, ok bool, err error) {
	code = strings.ReplaceAll(code, " ", "")
	for step := now - drift; step <= now+drift; step++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, false, fmt.Errorf("compute a code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return step, true, nil
		}
	}
	return 0, false, nil
}

// RecoveryCodes is how many codes a person gets at a time.
const RecoveryCodes = 10

var codeAlphabet = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding) // without what is misread: l, o, 0, 1

// newCode is 80 random bits in four groups.
func newCode() string {
	raw := make([]byte, 10)
	_, _ = rand.Read(raw) // never fails: the runtime aborts instead
	t := codeAlphabet.EncodeToString(raw)
	return t[:4] + "-" + t[4:8] + "-" + t[8:12] + "-" + t[12:]
}

// hashCode is what of a recovery code is stored; how it was typed does not matter.
func hashCode(code string) []byte {
	return Hash(strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code)))
}

func (s *Service) renewCodes(ctx context.Context, user ident.UserID) ([]string, error) {
	codes, hashes := make([]string, RecoveryCodes), make([][]byte, RecoveryCodes)
	for i := range codes {
		codes[i] = newCode()
		hashes[i] = hashCode(codes[i])
	}
	return codes, s.directory.SetRecoveryCodes(ctx, user, hashes)
}

// RenewRecoveryCodes replaces a person's recovery codes, who needs a second factor that they stand in for.
func (s *Service) RenewRecoveryCodes(ctx context.Context, id tenancy.Identity, from Origin) ([]string, error) {
	user := id.Actor.User()
	switch f, err := s.directory.Factors(ctx, user); {
	case err != nil:
		return nil, err
	case !f.Second():
		return nil, fault.New(fault.Conflict, "auth.no_factor", "Recovery codes stand in for a passkey or an app. Add one of them first.")
	}
	codes, err := s.renewCodes(ctx, user)
	if err != nil {
		return nil, err
	}
	return codes, s.changed(ctx, user, codesRenewed, from)
}

// changed notes that what proves a person is another now, and writes to them.
func (s *Service) changed(ctx context.Context, user ident.UserID, what change, from Origin) error {
	s.later(ctx, func(ctx context.Context) error { return s.mail(ctx, user, factorMail(what)) })
	return s.note(ctx, user, stepFactor, what.method, done, from)
}

// Factors tells what a person has.
func (s *Service) Factors(ctx context.Context, id tenancy.Identity) (tenancy.Factors, error) {
	return s.directory.Factors(ctx, id.Actor.User())
}

// ResetFactors takes every second factor of somebody who has lost them all away, and ends their sessions: for the operator's
// command line. The person is written to.
func (s *Service) ResetFactors(ctx context.Context, email string) error {
	user, found, err := s.directory.User(ctx, strings.TrimSpace(email))
	if err != nil {
		return err
	}
	if !found {
		return fault.Missing("user")
	}
	if err := s.note(ctx, user.ID, stepFactor, factorsReset.method, done, Origin{}); err != nil {
		return err
	}
	if err := s.directory.ResetFactors(ctx, user.ID); err != nil {
		return err
	}
	chore(ctx, func(ctx context.Context) error { return s.mail(ctx, user.ID, factorMail(factorsReset)) }) // done is done, also where mail is not set up
	return nil
}
