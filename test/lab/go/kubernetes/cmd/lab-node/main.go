// Command lab-node makes the certificates of a lab's control plane and runs the kubelets of its simulated machines.
package main

import (
	"fmt"
	"os"
	"runtime"

	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/container"
	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/kubelet"
	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/pki"
)

const usage = `usage:
  lab-node pki init DIR                 make a CA, a serving pair, the service-account pair and the clients' pairs
  lab-node pki client DIR NAME CN [O]   make DIR/NAME.crt and DIR/NAME.key, signed by the CA in DIR
  lab-node node MACHINE_DIR             run the kubelet of the machine that MACHINE_DIR/machine.json describes
  lab-node run -- COMMAND [ARG...]      become COMMAND, and die with the process that started us`

// Credentials and the parent-death signal belong to a thread: what sets them up must stay on the one that execs.
func init() { runtime.LockOSThread() }

func main() {
	if err := dispatch(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "lab-node:", err)
		os.Exit(1)
	}
}

func dispatch(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "pki" && args[1] == "init":
		return pki.Init(args[2])
	case (len(args) == 5 || len(args) == 6) && args[0] == "pki" && args[1] == "client":
		return pki.Client(args[2], args[3], args[4], args[5:])
	case len(args) == 2 && args[0] == "node":
		return kubelet.Run(args[1])
	case len(args) >= 3 && args[0] == "run" && args[1] == "--":
		return run(args[2:])
	case len(args) == 1 && args[0] == container.InitCommand:
		return container.Init()
	default:
		return fmt.Errorf("unknown arguments %q\n%s", args, usage)
	}
}
