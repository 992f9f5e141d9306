// Package container runs one real program in namespaces of its own, over the files of an image and of this computer.
//
// It needs no root: the one user that the container sees is mapped to ours.
package container

import "containeros.dev/lab/kubernetes/cmd/lab-node/internal/machine"

// InitCommand is the hidden subcommand under which this program sets up a container from the inside.
const InitCommand = "container-init"

// Mount puts Source (on this computer) at Target (in the container), with everything mounted below it.
type Mount struct {
	Source   string
	Target   string
	ReadOnly bool
	// HostRoot marks the root of the simulated machine: its /proc and /dev are filled as on a running system.
	HostRoot bool
}

// Spec is everything that a container's first process must know.
type Spec struct {
	// Scratch is an empty folder for the new root; BootIDFile holds what the kernel's boot_id shall show.
	Scratch    string
	BootIDFile string
	RootFS     string
	Mounts     []Mount

	Args     []string
	Env      []string
	WorkDir  string
	Hostname string

	UID, GID     int
	Capabilities []int
	NoNewPrivs   bool
	ReadOnlyRoot bool
	// HostPID gives the container a process 1 that lives in HostRoot, as the host's init does.
	HostPID  bool
	HostRoot string
}

const (
	statusFD = 3
	specFD   = 4
	// A fault in the set-up of a container is written here before the program would start.
	maxStatusBytes = 4096
)

// imageConfigFile is no part of what a container sees of its image.
const imageConfigFile = machine.ImageConfigFile
