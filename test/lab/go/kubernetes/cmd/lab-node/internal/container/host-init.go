package container

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// becomeHostInit is for a container in the host's process namespace: this process plays the host's init, with the
// machine's root as its own, so that entering the namespaces of process 1 leads there. The container is its child.
func becomeHostInit(spec Spec) error {
	spec.HostPID = false
	description, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	child := exec.Command("/proc/self/exe", InitCommand)
	child.Env = []string{}
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	child.ExtraFiles = []*os.File{os.NewFile(statusFD, "status"), reader}
	child.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if err := child.Start(); err != nil {
		return fmt.Errorf("start the container beside the host's init: %w", err)
	}
	if err := enterHostRoot(spec); err != nil {
		return err
	}
	// Only now does the child go on, so it never sees a process 1 that is not yet at home.
	if _, err := bytes.NewReader(description).WriteTo(writer); err != nil {
		return err
	}
	closeFiles(writer, reader, child.ExtraFiles[0])
	forwardSignals(child.Process)
	_ = child.Wait() // its state says more than the error: a non-zero exit is one
	os.Exit(exitCode(child.ProcessState, nil))
	return nil
}

func enterHostRoot(spec Spec) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts to ourselves: %w", err)
	}
	root := spec.HostRoot
	if err := unix.Mount(root, root, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("bind the machine's root: %w", err)
	}
	if err := fillHostRoot(spec, root); err != nil {
		return err
	}
	return pivot(root)
}

func forwardSignals(process *os.Process) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	go func() {
		for received := range signals {
			if err := process.Signal(received); err != nil {
				fmt.Fprintln(os.Stderr, "lab-node: pass on a signal:", err)
			}
		}
	}()
}
