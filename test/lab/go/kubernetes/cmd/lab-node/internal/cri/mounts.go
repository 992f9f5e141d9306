package cri

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/container"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// hostMount is a mount of a container; hostPath is the path on the simulated machine, if it is one of those.
type hostMount struct {
	container.Mount
	hostPath string
}

func (r *Runtime) mountsFor(config *runtimeapi.ContainerConfig) ([]hostMount, error) {
	mounts := []hostMount{}
	for _, each := range config.GetMounts() {
		mount := hostMount{Mount: container.Mount{
			Source:   r.kubeletDir.resolve(each.GetHostPath()),
			Target:   each.GetContainerPath(),
			ReadOnly: each.GetReadonly(),
		}}
		if below, found := pathBelow(r.machine.HostRoot, mount.Source); found {
			mount.hostPath = below
			mount.HostRoot = below == "/"
			if err := makeMissing(mount.Source); err != nil {
				return nil, fmt.Errorf("the machine's %s: %w", below, err)
			}
		}
		mounts = append(mounts, mount)
	}
	return mounts, nil
}

func containerMounts(mounts []hostMount) []container.Mount {
	plain := make([]container.Mount, len(mounts))
	for i, each := range mounts {
		plain[i] = each.Mount
	}
	return plain
}

// makeMissing does what container runtimes do with a host path that is not there: a folder comes into being.
func makeMissing(path string) error {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return os.MkdirAll(path, 0o755)
	}
	return err
}

// pathBelow turns a path of this computer into one of the machine whose root is given.
func pathBelow(root, path string) (string, bool) {
	relative, err := filepath.Rel(root, path)
	if err != nil || relative == ".." || strings.HasPrefix(relative, "../") {
		return "", false
	}
	return filepath.Join("/", relative), true
}
