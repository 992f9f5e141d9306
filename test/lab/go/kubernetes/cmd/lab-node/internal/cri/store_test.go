package cri

import (
	"context"
	"testing"

	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/machine"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func TestAfterABootARuntimeThatKeptItsStateShowsWhatTheBootKilled(t *testing.T) {
	config := &machine.Config{Dir: t.TempDir(), PodIPs: "127.20.3", RuntimeState: machine.Kept}
	before, err := New(config, DirOf(config))
	if err != nil {
		t.Fatal(err)
	}
	running := startPretended(t, before)
	ended := startPretended(t, before)
	if err := before.StopContainer(context.Background(), ended, 0); err != nil {
		t.Fatal(err)
	}

	after, err := New(config, DirOf(config))
	if err != nil {
		t.Fatal(err)
	}
	for id, code := range map[string]int32{running: killedCode, ended: 0} {
		response, err := after.ContainerStatus(context.Background(), id, false)
		if err != nil {
			t.Fatal(err)
		}
		status := response.GetStatus()
		if status.State != runtimeapi.ContainerState_CONTAINER_EXITED || status.ExitCode != code {
			t.Errorf("state %s, exit code %d, want %d", status.State, status.ExitCode, code)
		}
	}

	config.RuntimeState = machine.Lost
	empty, err := New(config, DirOf(config))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := empty.ContainerStatus(context.Background(), running, false); err == nil {
		t.Error("a runtime that lost its state still knows a container")
	}
}

func startPretended(t *testing.T, runtime *Runtime) string {
	t.Helper()
	ctx := context.Background()
	pod := &runtimeapi.PodSandboxConfig{Metadata: &runtimeapi.PodSandboxMetadata{Name: "pod"}}
	sandboxID, err := runtime.RunPodSandbox(ctx, pod, "")
	if err != nil {
		t.Fatal(err)
	}
	id, err := runtime.CreateContainer(ctx, sandboxID, &runtimeapi.ContainerConfig{
		Metadata: &runtimeapi.ContainerMetadata{Name: "container"}, Image: &runtimeapi.ImageSpec{Image: "example.invalid/web:1"},
	}, pod)
	if err != nil {
		t.Fatal(err)
	}
	if err := runtime.StartContainer(ctx, id); err != nil {
		t.Fatal(err)
	}
	return id
}
