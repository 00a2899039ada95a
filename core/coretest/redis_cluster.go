package coretest

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// StartRedisCluster starts three real redis-servers that share the slots, on free loopback ports, and stops them when the test ends. The
// answer is the URL for core/redis.
func StartRedisCluster(t testing.TB) string {
	t.Helper()
	installed(t, "redis-server")
	var ports []int
	for range 3 {
		port, bus := freePort(t), freePort(t)
		cmd := exec.Command("redis-server", "--port", strconv.Itoa(port), "--cluster-port", strconv.Itoa(bus), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
			"--loglevel", "warning", "--cluster-enabled", "yes", "--cluster-config-file", filepath.Join(t.TempDir(), "nodes.conf"), "--cluster-node-timeout", "2000")
		run(t, cmd, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		ports = append(ports, port)
	}
	for i, port := range ports {
		ask(t, port, "cluster", "addslotsrange", strconv.Itoa(i*16384/3), strconv.Itoa((i+1)*16384/3-1))
		if i > 0 {
			ask(t, port, "cluster", "meet", "127.0.0.1", strconv.Itoa(ports[0]), strconv.Itoa(busOf(t, ports[0])))
		}
	}
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		agreed := 0
		for _, port := range ports {
			if info := ask(t, port, "cluster", "info"); strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_slots_ok:16384") && strings.Contains(info, "cluster_known_nodes:3") {
				agreed++
			}
		}
		if agreed == len(ports) {
			break
		}
		if time.Now().After(until) {
			t.Fatal("the nodes of the Redis cluster do not agree")
		}
	}
	return fmt.Sprintf("redis+cluster://127.0.0.1:%d?addr=127.0.0.1:%d&addr=127.0.0.1:%d", ports[0], ports[1], ports[2])
}

// busOf is the port on which a node's gossip is heard.
func busOf(t testing.TB, port int) int {
	_, rest, _ := strings.Cut(ask(t, port, "config", "get", "cluster-port"), "cluster-port\r\n")
	bus, err := strconv.Atoi(strings.TrimSpace(strings.SplitN(rest, "\r\n", 3)[1]))
	must(t, err)
	return bus
}

// ask sends one command to a node, in Redis' own protocol, and returns the raw answer: a cluster is not one yet, so its client does not serve.
func ask(t testing.TB, port int, words ...string) string {
	t.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	must(t, err)
	defer func() { _ = conn.Close() }()
	must(t, conn.SetDeadline(time.Now().Add(5*time.Second)))
	command := fmt.Sprintf("*%d\r\n", len(words))
	for _, w := range words {
		command += fmt.Sprintf("$%d\r\n%s\r\n", len(w), w)
	}
	_, err = conn.Write([]byte(command))
	must(t, err)
	answer := make([]byte, 64<<10)
	n, err := conn.Read(answer)
	must(t, err)
	if answer[0] == '-' {
		t.Fatalf("%s: %s", strings.Join(words, " "), answer[:n])
	}
	return string(answer[:n])
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}
