package cri

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/container"
	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/machine"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

const tasksNamespace = "containeros-tasks"

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// outputFor is where a container's output goes: the kubelet's own log file, and one for people.
func (r *Runtime) outputFor(found *containerState) container.Output {
	labels := found.config.GetLabels()
	plain := fmt.Sprintf("%s_%s_%s.log", labels["io.kubernetes.pod.namespace"], labels["io.kubernetes.pod.name"],
		found.config.GetMetadata().GetName())
	return container.Output{
		CRIPath:   r.kubeletDir.resolve(found.status.LogPath),
		PlainPath: filepath.Join(r.machine.LogDir, plain),
	}
}

// specFor describes a container's program to its first process. The caller holds the lock.
func (r *Runtime) specFor(id string, found *containerState, image *machine.Image) (*container.Spec, error) {
	config := found.config
	mounts, err := r.mountsFor(config)
	if err != nil {
		return nil, err
	}
	if err := checkHostAccess(r.machine.OS, config.GetLinux().GetSecurityContext(), mounts); err != nil {
		return nil, err
	}
	imageConfig, err := image.Config()
	if err != nil {
		return nil, fmt.Errorf("the image's configuration: %w", err)
	}
	dir := r.containerDir(id)
	bootIDFile := filepath.Join(dir, "boot_id")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(bootIDFile, []byte(r.machine.BootID+"\n"), 0o444); err != nil {
		return nil, err
	}
	args, err := r.commandLine(found, imageConfig)
	if err != nil {
		return nil, err
	}
	security := config.GetLinux().GetSecurityContext()
	user, group := identity(security, imageConfig)
	hostname := r.hostname(found.sandboxID)
	return &container.Spec{
		Scratch:      filepath.Join(dir, "root"),
		BootIDFile:   bootIDFile,
		RootFS:       image.RootFS,
		Mounts:       containerMounts(mounts),
		Args:         args,
		Env:          r.environment(imageConfig, config, hostname),
		WorkDir:      workDir(config, imageConfig),
		Hostname:     hostname,
		UID:          user,
		GID:          group,
		Capabilities: capabilities(security),
		NoNewPrivs:   security.GetNoNewPrivs(),
		ReadOnlyRoot: security.GetReadonlyRootfs(),
		HostPID:      security.GetNamespaceOptions().GetPid() == runtimeapi.NamespaceMode_NODE,
		HostRoot:     r.machine.HostRoot,
	}, nil
}

// commandLine is what the container runs: on a machine that somebody has broken into, in a task Pod, something else.
func (r *Runtime) commandLine(found *containerState, image *machine.ImageConfig) ([]string, error) {
	config := found.config
	args := image.CommandLine(config.GetCommand(), config.GetArgs())
	if config.GetLabels()["io.kubernetes.pod.namespace"] != tasksNamespace {
		return args, nil
	}
	faults, err := machine.LoadFaults(r.machine.Dir)
	if err != nil || faults.TaskProgram == "" {
		return args, err
	}
	return []string{args[0], "--eval", faults.TaskProgram}, nil
}

func (r *Runtime) hostname(sandboxID string) string {
	if found, ok := r.sandboxes[sandboxID]; ok && found.config.GetHostname() != "" {
		return found.config.GetHostname()
	}
	return r.machine.Name
}

// environment is the image's, then the Pod's. The service of the API server has an address that nothing routes here.
func (r *Runtime) environment(image *machine.ImageConfig, config *runtimeapi.ContainerConfig, hostname string) []string {
	values := map[string]string{"PATH": defaultPath, "HOME": "/", "HOSTNAME": hostname}
	order := []string{"PATH", "HOME", "HOSTNAME"}
	set := func(name, value string) {
		if _, known := values[name]; !known {
			order = append(order, name)
		}
		values[name] = value
	}
	for _, entry := range image.Env {
		name, value, _ := strings.Cut(entry, "=")
		set(name, value)
	}
	for _, entry := range config.GetEnvs() {
		set(entry.Key, string(entry.Value))
	}
	set("KUBERNETES_SERVICE_HOST", r.machine.APIHost)
	set("KUBERNETES_SERVICE_PORT", strconv.Itoa(r.machine.APIPort))
	set("KUBERNETES_SERVICE_PORT_HTTPS", strconv.Itoa(r.machine.APIPort))
	environment := []string{}
	for _, name := range order {
		environment = append(environment, name+"="+values[name])
	}
	return environment
}

func workDir(config *runtimeapi.ContainerConfig, image *machine.ImageConfig) string {
	switch {
	case config.GetWorkingDir() != "":
		return config.GetWorkingDir()
	case image.WorkDir != "":
		return image.WorkDir
	default:
		return "/"
	}
}

func (r *Runtime) containerDir(id string) string {
	return filepath.Join(containersDir(r.machine), id[:16])
}

// removeContainerDir removes what specFor made. The root is a mount point only inside the container's own namespace.
func removeContainerDir(dir string) error {
	if err := os.RemoveAll(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the container's folder: %w", err)
	}
	return nil
}
