package cri

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// saved is MACHINE_DIR/runtime.json: what a runtime knows after a reboot that did not cost it its state.
type saved struct {
	Sandboxes  []json.RawMessage `json:"sandboxes"`
	Containers []savedContainer  `json:"containers"`
}

type savedContainer struct {
	SandboxID string          `json:"sandboxID"`
	Status    json.RawMessage `json:"status"`
}

func (r *Runtime) statePath() string { return filepath.Join(r.machine.Dir, "runtime.json") }

// save writes the state by renaming, because a kill may come at any instruction. The caller holds the lock.
func (r *Runtime) save() error {
	state := saved{}
	for _, each := range r.sandboxes {
		encoded, err := protojson.Marshal(each.status)
		if err != nil {
			return err
		}
		state.Sandboxes = append(state.Sandboxes, encoded)
	}
	for _, each := range r.containers {
		encoded, err := protojson.Marshal(each.status)
		if err != nil {
			return err
		}
		state.Containers = append(state.Containers, savedContainer{SandboxID: each.sandboxID, Status: encoded})
	}
	content, err := json.Marshal(state)
	if err != nil {
		return err
	}
	temporary := r.statePath() + ".new"
	if err := os.WriteFile(temporary, content, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, r.statePath())
}

// restore reads the state of before the boot: nothing of it runs any more.
func (r *Runtime) restore(now time.Time) error {
	content, err := os.ReadFile(r.statePath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	state := saved{}
	if err := json.Unmarshal(content, &state); err != nil {
		return fmt.Errorf("%s: %w", r.statePath(), err)
	}
	for _, encoded := range state.Sandboxes {
		status := &runtimeapi.PodSandboxStatus{}
		if err := protojson.Unmarshal(encoded, status); err != nil {
			return fmt.Errorf("%s: %w", r.statePath(), err)
		}
		status.State = runtimeapi.PodSandboxState_SANDBOX_NOTREADY
		r.sandboxes[status.Id] = &sandbox{status: status}
	}
	for _, each := range state.Containers {
		status := &runtimeapi.ContainerStatus{}
		if err := protojson.Unmarshal(each.Status, status); err != nil {
			return fmt.Errorf("%s: %w", r.statePath(), err)
		}
		killedByBoot(status, now)
		r.containers[status.Id] = &containerState{sandboxID: each.SandboxID, status: status}
	}
	return nil
}

func killedByBoot(status *runtimeapi.ContainerStatus, now time.Time) {
	if status.State == runtimeapi.ContainerState_CONTAINER_EXITED {
		return
	}
	status.State = runtimeapi.ContainerState_CONTAINER_EXITED
	status.FinishedAt = now.UnixNano()
	status.ExitCode = killedCode
	status.Reason = exitOf(killedCode).reason
}
