// Package cri is the container runtime of a simulated machine, in the kubelet's own process.
package cri

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/container"
	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/machine"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	internalapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	critesting "k8s.io/cri-api/pkg/apis/testing"
)

// Runtime keeps sandboxes and containers. Containers of our images are real processes, all others only seem to run.
type Runtime struct {
	// What has no meaning here (statistics, checkpoints) is upstream's own stand-in.
	internalapi.RuntimeService

	machine    *machine.Config
	kubeletDir KubeletDir

	mutex      sync.Mutex
	sandboxes  map[string]*sandbox
	containers map[string]*containerState
	nextIP     int
}

type sandbox struct {
	status *runtimeapi.PodSandboxStatus
	config *runtimeapi.PodSandboxConfig
	ports  *portServer
}

type containerState struct {
	sandboxID string
	status    *runtimeapi.ContainerStatus
	config    *runtimeapi.ContainerConfig
	process   *container.Process
	// exited is closed when a simulated container ends; a real one has its process for that.
	exited chan struct{}
}

// New makes the runtime, with what it remembers of the time before the boot.
func New(config *machine.Config, kubeletDir KubeletDir) (*Runtime, error) {
	runtime := &Runtime{
		RuntimeService: critesting.NewFakeRuntimeService(),
		machine:        config,
		kubeletDir:     kubeletDir,
		sandboxes:      map[string]*sandbox{},
		containers:     map[string]*containerState{},
		nextIP:         firstPodIP,
	}
	// What is left there belonged to programs that died with the kubelet before.
	if err := os.RemoveAll(containersDir(config)); err != nil {
		return nil, err
	}
	if config.RuntimeState == machine.Lost {
		return runtime, runtime.save()
	}
	if err := runtime.restore(time.Now()); err != nil {
		return nil, err
	}
	return runtime, runtime.save()
}

func containersDir(config *machine.Config) string { return filepath.Join(config.Dir, "containers") }

func notFound(kind, id string) error {
	return status.Error(codes.NotFound, fmt.Sprintf("%s %q not found", kind, id))
}

func (r *Runtime) findContainer(id string) (*containerState, error) {
	found, ok := r.containers[id]
	if !ok {
		return nil, notFound("container", id)
	}
	return found, nil
}

func (r *Runtime) findSandbox(id string) (*sandbox, error) {
	found, ok := r.sandboxes[id]
	if !ok {
		return nil, notFound("sandbox", id)
	}
	return found, nil
}
