package cri

import (
	"context"
	"fmt"
	"syscall"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// killTimeout bounds the wait for a process that was sent SIGKILL.
const killTimeout = 10 * time.Second

// StopContainer ends a container: a real one gets SIGTERM and, after timeout seconds, SIGKILL; another one is gone at
// once unless its environment says otherwise. One that is not known has ended already.
func (r *Runtime) StopContainer(ctx context.Context, id string, timeout int64) error {
	r.mutex.Lock()
	found, ok := r.containers[id]
	if !ok {
		r.mutex.Unlock()
		return nil
	}
	state, process, exited := found.status.State, found.process, found.exited
	grace := time.Duration(max(timeout, 0)) * time.Second
	r.mutex.Unlock()

	if state != runtimeapi.ContainerState_CONTAINER_RUNNING {
		return nil
	}
	if process == nil {
		waitFor(ctx, exited, min(grace, secondsFrom(found.config, stopSecondsVariable)))
		r.ended(id, exitOf(0))
		return nil
	}
	if grace > 0 {
		if err := process.Signal(stopSignal(found.config)); err != nil {
			return fmt.Errorf("stop the container's program: %w", err)
		}
		if waitFor(ctx, exited, grace) {
			return nil
		}
	}
	if err := process.Signal(syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill the container's program: %w", err)
	}
	if !waitFor(context.Background(), exited, killTimeout) {
		return fmt.Errorf("the container's program outlived SIGKILL by %s", killTimeout)
	}
	return nil
}

// waitFor waits for an event, at most so long, and says whether it came.
func waitFor(ctx context.Context, event <-chan struct{}, limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-event:
		return true
	case <-timer.C:
		return false
	case <-ctx.Done():
		return false
	}
}

func stopSignal(config *runtimeapi.ContainerConfig) syscall.Signal {
	switch config.GetStopSignal() {
	case runtimeapi.Signal_SIGNAL_SIGINT:
		return syscall.SIGINT
	case runtimeapi.Signal_SIGNAL_SIGQUIT:
		return syscall.SIGQUIT
	case runtimeapi.Signal_SIGNAL_SIGKILL:
		return syscall.SIGKILL
	default:
		return syscall.SIGTERM
	}
}
