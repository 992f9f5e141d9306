package container

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Init is the first process of a container: it builds the root, gives up rights and becomes the program.
// It must run on the thread that the process began with. It returns only with an error, which the parent gets too.
func Init() error {
	syscall.CloseOnExec(statusFD)
	syscall.CloseOnExec(specFD)
	err := becomeProgram()
	status := os.NewFile(statusFD, "status")
	if _, writeError := status.WriteString(err.Error()); writeError != nil {
		return errors.Join(err, writeError)
	}
	return err
}

func becomeProgram() error {
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("ask to die with the kubelet: %w", err)
	}
	spec := Spec{}
	if err := json.NewDecoder(os.NewFile(specFD, "spec")).Decode(&spec); err != nil {
		return fmt.Errorf("read the container's description: %w", err)
	}
	if spec.HostPID {
		return becomeHostInit(spec)
	}
	if err := enterRoot(spec); err != nil {
		return err
	}
	if err := unix.Sethostname([]byte(spec.Hostname)); err != nil {
		return fmt.Errorf("set the host name: %w", err)
	}
	if err := os.Chdir(spec.WorkDir); err != nil {
		return fmt.Errorf("working directory: %w", err)
	}
	path, err := findProgram(spec)
	if err != nil {
		return err
	}
	if err := dropRights(spec); err != nil {
		return err
	}
	return fmt.Errorf("exec %s: %w", path, syscall.Exec(path, spec.Args, spec.Env))
}

// findProgram looks for the program along the PATH that the container will have.
func findProgram(spec Spec) (string, error) {
	if len(spec.Args) == 0 {
		return "", errors.New("the container has no command")
	}
	for _, entry := range spec.Env {
		if value, found := strings.CutPrefix(entry, "PATH="); found {
			if err := os.Setenv("PATH", value); err != nil {
				return "", err
			}
		}
	}
	path, err := exec.LookPath(spec.Args[0])
	if err != nil {
		return "", fmt.Errorf("start %q: %w", spec.Args[0], err)
	}
	return path, nil
}
