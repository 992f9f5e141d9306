package cri

import (
	"context"
	"strings"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// Version answers with the name and version that the machine says, such as containerd://2.1.4.
func (r *Runtime) Version(context.Context, string) (*runtimeapi.VersionResponse, error) {
	name, version, found := strings.Cut(r.machine.ContainerRuntimeVersion, "://")
	if !found {
		name, version = "containerd", r.machine.ContainerRuntimeVersion
	}
	return &runtimeapi.VersionResponse{
		Version: "0.1.0", RuntimeName: name, RuntimeVersion: version, RuntimeApiVersion: "v1",
	}, nil
}

// Status says that runtime and network are ready.
func (r *Runtime) Status(context.Context, bool) (*runtimeapi.StatusResponse, error) {
	return &runtimeapi.StatusResponse{Status: &runtimeapi.RuntimeStatus{Conditions: []*runtimeapi.RuntimeCondition{
		{Type: runtimeapi.RuntimeReady, Status: true},
		{Type: runtimeapi.NetworkReady, Status: true},
	}}}, nil
}

// UpdateRuntimeConfig takes note of nothing: Pod addresses come from the machine.
func (r *Runtime) UpdateRuntimeConfig(context.Context, *runtimeapi.RuntimeConfig) error { return nil }

// ReopenContainerLog has nothing to do: logs are not rotated.
func (r *Runtime) ReopenContainerLog(context.Context, string) error { return nil }

// UpdateContainerResources accepts every size: the lab limits nothing.
func (r *Runtime) UpdateContainerResources(context.Context, string, *runtimeapi.ContainerResources) error {
	return nil
}

// ExecSync succeeds without running anything, so probes and hooks by command pass.
func (r *Runtime) ExecSync(context.Context, string, []string, time.Duration) ([]byte, []byte, error) {
	return nil, nil, nil
}
