// Command hosttool stands in for the programs of a simulated host, under their names. What it was called with goes to the
// host over a Unix socket, and what the host answers is what it prints and how it exits.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// socket is looked up below the root that the caller sees, so a chroot leads to the right host.
const socket = "/run/lab/host.sock"

const dialTimeout = 5 * time.Second

// passed are the variables that change what the real programs do.
var passed = []string{"SYSTEMD_IGNORE_CHROOT", "LC_ALL"}

type question struct {
	Argv     []string          `json:"argv"`
	Env      map[string]string `json:"env"`
	InChroot bool              `json:"inChroot"`
}

type answer struct {
	Stdout   string `json:"stdout"`
	Stderr   string `json:"stderr"`
	ExitCode int    `json:"exitCode"`
	Hang     bool   `json:"hang"`
}

func main() {
	name := filepath.Base(os.Args[0])
	code, err := run(append([]string{name}, os.Args[1:]...))
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		code = 1
	}
	os.Exit(code)
}

func run(argv []string) (int, error) {
	got, err := ask(argv)
	if err != nil {
		return 0, err
	}
	if _, err := os.Stdout.WriteString(got.Stdout); err != nil {
		return 0, err
	}
	if _, err := os.Stderr.WriteString(got.Stderr); err != nil {
		return 0, err
	}
	for got.Hang {
		time.Sleep(time.Hour)
	}
	return got.ExitCode, nil
}

// ask waits for the answer as long as the host takes: a program that hangs is one of the host's faults.
func ask(argv []string) (*answer, error) {
	connection, err := net.DialTimeout("unix", socket, dialTimeout)
	if err != nil {
		return nil, fmt.Errorf("the host does not answer: %w", err)
	}
	defer connection.Close()
	env := map[string]string{}
	for _, name := range passed {
		if value, set := os.LookupEnv(name); set {
			env[name] = value
		}
	}
	// The socket is open by now: this changes the root.
	line, err := json.Marshal(question{Argv: argv, Env: env, InChroot: inChroot()})
	if err != nil {
		return nil, err
	}
	if _, err := connection.Write(append(line, '\n')); err != nil {
		return nil, fmt.Errorf("ask the host: %w", err)
	}
	reply, err := bufio.NewReader(connection).ReadBytes('\n')
	if err != nil && len(reply) == 0 {
		return nil, fmt.Errorf("the host gave no answer: %w", err)
	}
	got := &answer{}
	if err := json.Unmarshal(reply, got); err != nil {
		return nil, fmt.Errorf("the host's answer is no JSON: %w", err)
	}
	return got, nil
}

// inChroot tells whether the caller's root is only a part of what its mount namespace has, as after a chroot and unlike after
// nsenter. The real systemctl compares its root with that of process 1; a simulated root need not have a /proc. So this process
// leaves its root, by the way that is open to whoever may change it, and looks whether there is more above.
func inChroot() bool {
	var own, above, here syscall.Stat_t
	if syscall.Stat("/", &own) != nil || syscall.Chdir("/") != nil || syscall.Chroot(filepath.Dir(socket)) != nil {
		return true
	}
	for {
		if syscall.Stat(".", &here) != nil || syscall.Stat("..", &above) != nil || syscall.Chdir("..") != nil {
			return true
		}
		if isSame(here, above) {
			return !isSame(here, own)
		}
	}
}

func isSame(one, other syscall.Stat_t) bool {
	return one.Dev == other.Dev && one.Ino == other.Ino
}
