package documents

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName bounds a file name in bytes, extension included: with a folder's own name before it, it fits every file system.
const maxName = 180

// extensions are what the name of a content of this type may end in; the first one is put there when it does not, so that
// nothing that is saved opens as something else than what it is.
var extensions = map[string][]string{
	"application/pdf": {".pdf"},
	"image/jpeg":      {".jpg", ".jpeg", ".jpe", ".jfif"},
	"image/png":       {".png"},
}

// devices are names that Windows keeps for itself, whatever follows the first dot.
var devices = func() map[string]bool {
	out := map[string]bool{"con": true, "prn": true, "aux": true, "nul": true, "conin$": true, "conout$": true}
	for _, port := range []string{"com", "lpt"} {
		for _, n := range "0123456789¹²³" {
			out[port+string(n)] = true
		}
	}
	return out
}()

// cleanName makes of a sent name one that is safe in a header, on a screen and on every file system: its last part, as valid
// UTF-8 without controls, writing directions or reserved signs, at most maxName bytes, ending as media does. An empty one is fallback.
func cleanName(sent, media, fallback string) string {
	name := path.Base(strings.ReplaceAll(strings.ToValidUTF8(sent, ""), `\`, "/"))
	name = trim(strings.Map(plain, name))
	if name == "" {
		name = fallback
	}
	ending := path.Ext(name)
	if !slices.Contains(extensions[media], strings.ToLower(ending)) {
		ending = extensions[media][0]
		name += ending
	}
	stem := strings.TrimSuffix(name, ending)
	if first, _, _ := strings.Cut(stem, "."); devices[strings.ToLower(trim(first))] {
		stem = "_" + stem
	}
	for len(stem)+len(ending) > maxName {
		_, last := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-last]
	}
	if stem = trim(stem); stem == "" {
		stem = fallback
	}
	return stem + ending
}

// trim takes away what Windows drops from the ends and Unix hides by.
func trim(name string) string { return strings.Trim(name, " .") }

// plain drops what is not to be seen, or what would make the name read otherwise than it is; spaces of all kinds are one.
func plain(r rune) rune {
	switch {
	case r == ' ' || unicode.Is(unicode.Zs, r):
		return ' '
	case r == utf8.RuneError || unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) || strings.ContainsRune(`<>:"/\|?*`, r):
		return -1
	}
	return r
}

// Disposition is the value of Content-Disposition (RFC 6266) that offers a content under its name: for old readers in ASCII,
// and where that loses something also as RFC 8187 says. How is inline or attachment.
func Disposition(how, name string) string {
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%`, r) {
			return '_'
		}
		return r
	}, name)
	out := fmt.Sprintf(`%s; filename="%s"`, how, ascii)
	if ascii == name {
		return out
	}
	encoded := &strings.Builder{}
	for _, b := range []byte(strings.ToValidUTF8(name, "")) {
		if b < utf8.RuneSelf && (unicode.IsLetter(rune(b)) || unicode.IsDigit(rune(b)) || strings.IndexByte("!#$&+-.^_`|~", b) >= 0) {
			encoded.WriteByte(b)
			continue
		}
		fmt.Fprintf(encoded, "%%%02X", b)
	}
	return out + "; filename*=UTF-8''" + encoded.String()
}
