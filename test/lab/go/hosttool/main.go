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
	"time"
)

// socket is looked up below the root that the caller sees, so a chroot leads to the right host.
const socket = "/run/lab/host.sock"

const dialTimeout = 5 * time.Second

// passed are the variables that change what the real programs do.
var passed = []string{"SYSTEMD_IGNORE_CHROOT", "LC_ALL"}

type question struct {
	Argv []string          `json:"argv"`
	Env  map[string]string `json:"env"`
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
	line, err := json.Marshal(question{Argv: argv, Env: env})
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
