package container

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const namespaces = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC

// newCommand is ourselves again, as the first process of new namespaces. The network stays this computer's.
func newCommand(spec Spec, pipes *pipeSet) *exec.Cmd {
	command := exec.Command("/proc/self/exe", InitCommand)
	command.Dir = "/"
	command.Env = []string{}
	command.Stdout = pipes.stdout.writer
	command.Stderr = pipes.stderr.writer
	command.ExtraFiles = []*os.File{pipes.status.writer, pipes.spec.reader}
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  namespaces,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: spec.UID, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: spec.GID, HostID: os.Getegid(), Size: 1}},
		// A user other than 0 keeps rights over an exec only as ambient ones, and the set-up needs all of them.
		AmbientCaps: allCapabilities(),
		Pdeathsig:   syscall.SIGKILL,
		Setpgid:     true,
	}
	return command
}

func allCapabilities() []uintptr {
	last := lastCapability()
	all := make([]uintptr, 0, last+1)
	for capability := 0; capability <= last; capability++ {
		all = append(all, uintptr(capability))
	}
	return all
}

// lastCapability is the highest one this kernel knows.
func lastCapability() int {
	content, err := os.ReadFile("/proc/sys/kernel/cap_last_cap")
	if err == nil {
		if last, err := strconv.Atoi(strings.TrimSpace(string(content))); err == nil {
			return last
		}
	}
	return unix.CAP_LAST_CAP
}
