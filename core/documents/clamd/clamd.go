// Package clamd asks a ClamAV daemon whether a content is malware, over its INSTREAM command.
package clamd

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"
)

// patience is how long the daemon may take for each step: to answer a connection, to take a chunk, to judge.
const patience = time.Minute

// Client is one daemon. It holds no connection between contents.
type Client struct{ network, address string }

// New reads an address: tcp://host:3310 or unix:///run/clamav/clamd.ctl.
func New(address string) (*Client, error) {
	u, err := url.Parse(address)
	switch {
	case err == nil && u.Scheme == "tcp" && u.Port() != "" && u.Path == "":
		return &Client{"tcp", u.Host}, nil
	case err == nil && u.Scheme == "unix" && u.Host == "" && u.Path != "":
		return &Client{"unix", u.Path}, nil
	}
	return nil, errors.New("the address of clamd looks like tcp://host:3310 or unix:///run/clamav/clamd.ctl")
}

// Scan streams a content to the daemon and names what it found, "" for nothing.
func (c *Client) Scan(ctx context.Context, content io.Reader) (found string, err error) {
	answer, err := c.ask(ctx, "zINSTREAM\x00", content)
	if err != nil {
		return "", err
	}
	return verdict(answer)
}

// verdict reads what the daemon found in a content.
func verdict(answer string) (found string, err error) {
	said := strings.TrimPrefix(answer, "stream: ")
	name, infected := strings.CutSuffix(said, " FOUND")
	switch {
	case said == "OK":
		return "", nil
	case infected:
		return cmp.Or(tame(name), "malware without a name"), nil // none would be nothing found
	}
	return "", fmt.Errorf("clamd answered %q", tame(answer))
}

// Ping tells whether the daemon answers.
func (c *Client) Ping(ctx context.Context) error {
	answer, err := c.ask(ctx, "zPING\x00", nil)
	if err == nil && answer != "PONG" {
		err = errors.New("clamd does not answer as it should")
	}
	return err
}

func (c *Client) ask(ctx context.Context, command string, content io.Reader) (string, error) {
	conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, c.network, c.address)
	if err != nil {
		return "", fmt.Errorf("reach clamd: %w", err)
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	to := timed{conn}
	_, sent := io.WriteString(to, command)
	if content != nil && sent == nil {
		var broken error
		if broken, sent = chunks(to, content); broken != nil {
			return "", broken // not the daemon's fault: its verdict would be of half a content
		}
	}
	_ = conn.SetReadDeadline(time.Now().Add(patience)) // fails only on a closed connection, which the read reports
	// A daemon that refuses, a content too large say, answers first and hangs up then: its words come before the failure to send.
	answer, err := bufio.NewReader(io.LimitReader(conn, 4096)).ReadString(0)
	if err != nil {
		return "", fmt.Errorf("hear clamd: %w", errors.Join(err, sent))
	}
	return strings.TrimSuffix(answer, "\x00"), nil
}

// chunks sends a content as the daemon takes it: each chunk after its length, and a length of nothing at the end.
func chunks(to io.Writer, content io.Reader) (broken, sent error) {
	buf := make([]byte, 4+64<<10)
	for {
		n, err := content.Read(buf[4:])
		if n > 0 {
			binary.BigEndian.PutUint32(buf, uint32(n))
			if _, sent = to.Write(buf[:4+n]); sent != nil {
				return nil, sent
			}
		}
		if errors.Is(err, io.EOF) {
			_, sent = to.Write([]byte{0, 0, 0, 0})
			return nil, sent
		}
		if err != nil {
			return err, nil
		}
	}
}

// timed gives every write its time, however long the whole takes.
type timed struct{ net.Conn }

func (t timed) Write(p []byte) (int, error) {
	if err := t.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}
	return t.Conn.Write(p)
}

// tame keeps of a daemon's words what can stand in a trail.
func tame(words string) string {
	words = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, words)
	return words[:min(len(words), 100)]
}
