package main

import (
	"fmt"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// run becomes the command, having asked the kernel to kill it when its parent ends, so that a lab that dies without a chance
// to clean up leaves no process. The request survives exec; main has locked this goroutine to the thread that it belongs to.
func run(command []string) error {
	path, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	parent := os.Getppid()
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("prctl: %w", err)
	}
	// It may have ended before the request.
	if os.Getppid() != parent {
		return fmt.Errorf("process %d, which started this, is gone", parent)
	}
	return unix.Exec(path, command, os.Environ())
}
