package container

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// setupTimeout bounds the way from the fork to the exec of the program.
const setupTimeout = 30 * time.Second

// Process is a running container.
type Process struct{ command *exec.Cmd }

// Start runs the container and returns once its program has been executed, or with the reason why it could not be.
// What the program writes goes to output; onExit is called once, after the last of it, with the exit code.
func Start(spec Spec, output Output, onExit func(code int)) (*Process, error) {
	for _, dir := range []string{spec.Scratch, filepath.Dir(spec.BootIDFile)} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	}
	process := &Process{}
	started := make(chan error, 1)
	go func() {
		// The parent-death signal is sent when the forking thread ends, so this one stays until the container has.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		process.run(spec, output, started, onExit)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return process, nil
}

// Signal sends a signal to the container's first process; one that has ended is left alone.
func (p *Process) Signal(signal syscall.Signal) error {
	if err := p.command.Process.Signal(signal); !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

func (p *Process) run(spec Spec, output Output, started chan<- error, onExit func(code int)) {
	pipes, err := openPipes()
	if err != nil {
		started <- err
		return
	}
	p.command = newCommand(spec, pipes)
	if err := p.command.Start(); err != nil {
		pipes.closeAll()
		started <- fmt.Errorf("make the container's namespaces: %w", err)
		return
	}
	pipes.closeChildEnds()
	copied := output.copyFrom(pipes.stdout.reader, pipes.stderr.reader)
	failure := handOver(spec, pipes)
	if failure != nil {
		// It may hang half-way, so it is not asked politely; a process that is gone already is what we want.
		_ = p.command.Process.Kill()
	}
	started <- failure
	waitError := p.command.Wait()
	<-copied
	if failure == nil {
		onExit(exitCode(p.command.ProcessState, waitError))
	}
}

// handOver gives the specification to the container's first process and waits until it has become the program.
func handOver(spec Spec, pipes *pipeSet) error {
	defer pipes.status.reader.Close()
	if err := pipes.status.reader.SetReadDeadline(time.Now().Add(setupTimeout)); err != nil {
		return err
	}
	encodeError := json.NewEncoder(pipes.spec.writer).Encode(spec)
	if err := pipes.spec.writer.Close(); err != nil && encodeError == nil {
		encodeError = err
	}
	message, err := io.ReadAll(io.LimitReader(pipes.status.reader, maxStatusBytes))
	switch {
	case len(message) > 0:
		return fmt.Errorf("%s", message)
	case encodeError != nil:
		return fmt.Errorf("describe the container to its first process: %w", encodeError)
	case err != nil:
		return fmt.Errorf("wait for the container's first process: %w", err)
	default:
		return nil
	}
}

func exitCode(state *os.ProcessState, waitError error) int {
	if state == nil {
		return 255
	}
	status, ok := state.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	if waitError != nil && state.ExitCode() < 0 {
		return 255
	}
	return state.ExitCode()
}
