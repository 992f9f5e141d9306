// Package kubelet runs upstream's kubelet over a simulated machine.
package kubelet

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/cri"
	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/machine"
	kubeletapp "k8s.io/kubernetes/cmd/kubelet/app"
	"k8s.io/kubernetes/cmd/kubelet/app/options"
	upstream "k8s.io/kubernetes/pkg/kubelet"
)

// Run is the kubelet of the machine in dir. It ends only with the process, or with an error at the start.
func Run(dir string) error {
	config, err := machine.Load(dir)
	if err != nil {
		return err
	}
	kubeletDir := cri.DirOf(config)
	for _, needed := range []string{kubeletDir.Real, config.LogDir} {
		if err := os.MkdirAll(needed, 0o755); err != nil {
			return err
		}
	}
	if err := os.Chdir(config.Dir); err != nil {
		return err
	}
	// Upstream's default is a folder of this computer, and all nodes of a lab would share it.
	upstream.ContainerLogsDir = filepath.Join(kubeletDir.Alias, "container-logs")

	ctx := context.Background()
	clients, err := newClients(config)
	if err != nil {
		return err
	}
	dependencies, err := newDependencies(config, kubeletDir, clients)
	if err != nil {
		return err
	}
	server, err := newConfiguration(config, kubeletDir)
	if err != nil {
		return err
	}
	if err := followShutdowns(config); err != nil {
		return err
	}
	go keepAddresses(ctx, clients.heartbeat, config)
	if err := kubeletapp.RunKubelet(ctx, server, dependencies); err != nil {
		return fmt.Errorf("start the kubelet: %w", err)
	}
	select {}
}

func newConfiguration(config *machine.Config, kubeletDir cri.KubeletDir) (*options.KubeletServer, error) {
	flags := options.NewKubeletFlags()
	flags.RootDirectory = kubeletDir.Alias
	flags.CertDirectory = filepath.Join(kubeletDir.Alias, "pki")
	flags.HostnameOverride = config.Name
	flags.NodeIP = config.NodeIP
	flags.NodeLabels = config.Labels

	configuration, err := options.NewKubeletConfiguration()
	if err != nil {
		return nil, err
	}
	tune(configuration, config, kubeletDir)
	return &options.KubeletServer{KubeletFlags: *flags, KubeletConfiguration: *configuration}, nil
}
