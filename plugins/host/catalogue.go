package host

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

// Catalogue is the file, in the connectors folder, that names the programs that may run: lines of sha256sum.
const Catalogue = "SHA256SUMS"

var (
	names = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,63}$`)
	sums  = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// entry is one line of the catalogue.
type entry struct{ name, sum string }

// parseCatalogue reads lines of sha256sum. A line it does not understand is an error: a connector must not be missed silently.
func parseCatalogue(r io.Reader) ([]entry, error) {
	var out []entry
	seen := map[string]bool{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		sum, name, _ := strings.Cut(lines.Text(), " ")
		name = strings.TrimPrefix(strings.TrimPrefix(name, " "), "*") // "*" marks binary mode
		switch {
		case !sums.MatchString(sum):
			return nil, fmt.Errorf("line %d of %s does not start with a SHA-256 in lower-case hex", n, Catalogue)
		case !names.MatchString(name):
			return nil, fmt.Errorf("line %d of %s: %q is no name of a connector: lower-case letters, digits, \"-\" and \"_\"", n, Catalogue, name)
		case seen[name]:
			return nil, fmt.Errorf("line %d of %s names %s again", n, Catalogue, name)
		}
		seen[name] = true
		out = append(out, entry{name, sum})
	}
	return out, lines.Err()
}

// readCatalogue reads a folder's catalogue. A folder that is not there, or is empty, has no connectors.
func readCatalogue(dir string) ([]entry, error) {
	file, err := os.Open(filepath.Join(dir, Catalogue))
	if errors.Is(err, fs.ErrNotExist) {
		if rest, _ := os.ReadDir(dir); len(rest) > 0 {
			return nil, fmt.Errorf("%s has programs but no %s, so none of them may run; `make build` writes it, or: cd %s && sha256sum * > %s", dir, Catalogue, dir, Catalogue)
		}
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return parseCatalogue(file)
}

var errSum = errors.New("the file is not the one the catalogue names; rebuild it, or approve the new one by writing its SHA-256 there")

// admit copies a program into a directory named by its content and returns the copy. The bytes are hashed while they are
// copied, from one opened file: what is executed is what was hashed, whatever happens to the original meanwhile.
func admit(source string, e entry, private string) (string, error) {
	in, err := os.Open(filepath.Join(source, e.name))
	if err != nil {
		return "", err
	}
	defer in.Close()
	dir := filepath.Join(private, e.sum)
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return "", err
	}
	path := filepath.Join(dir, e.name)
	sum, err := write(path, in)
	if err == nil && sum != e.sum {
		err = errSum
	}
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return path, nil
}

// write makes an executable of what it reads and returns its SHA-256. While the file is open for writing nothing is forked: a
// child that inherited the descriptor for an instant would make executing the file fail with "text file busy".
func write(path string, in io.Reader) (sum string, err error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o555)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, hash), in)
	return hex.EncodeToString(hash.Sum(nil)), errors.Join(err, out.Close())
}

// verify hashes the private copy again, before each start.
func verify(path, want string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return err
	}
	if hex.EncodeToString(hash.Sum(nil)) != want {
		return errSum
	}
	return nil
}
