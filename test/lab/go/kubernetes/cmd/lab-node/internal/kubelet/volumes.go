package kubelet

import (
	"fmt"
	"strings"

	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/machine"
	securejoin "github.com/cyphar/filepath-securejoin"
	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/volume"
	"k8s.io/kubernetes/pkg/volume/configmap"
	"k8s.io/kubernetes/pkg/volume/downwardapi"
	"k8s.io/kubernetes/pkg/volume/emptydir"
	"k8s.io/kubernetes/pkg/volume/hostpath"
	"k8s.io/kubernetes/pkg/volume/projected"
	"k8s.io/kubernetes/pkg/volume/secret"
)

func volumePlugins(config *machine.Config) []volume.VolumePlugin {
	plugins := []volume.VolumePlugin{}
	for _, probe := range []func() []volume.VolumePlugin{
		emptydir.ProbeVolumePlugins, secret.ProbeVolumePlugins, downwardapi.ProbeVolumePlugins,
		configmap.ProbeVolumePlugins, projected.ProbeVolumePlugins,
	} {
		for _, plugin := range probe() {
			plugins = append(plugins, &ownedPlugin{plugin})
		}
	}
	for _, plugin := range hostpath.ProbeVolumePlugins(volume.VolumeConfig{}) {
		plugins = append(plugins, &hostPathPlugin{VolumePlugin: plugin, root: config.HostRoot})
	}
	return plugins
}

// ownedPlugin makes volumes whose files belong to us: a container's user, whoever it is, is mapped to us, and without
// root nobody can give files away.
type ownedPlugin struct{ volume.VolumePlugin }

func (p *ownedPlugin) NewMounter(spec *volume.Spec, pod *v1.Pod) (volume.Mounter, error) {
	mounter, err := p.VolumePlugin.NewMounter(spec, pod)
	if err != nil {
		return nil, err
	}
	return &ownedMounter{mounter}, nil
}

type ownedMounter struct{ volume.Mounter }

func (m *ownedMounter) SetUp(args volume.MounterArgs) error {
	args.FsUser, args.FsGroup = nil, nil
	return m.Mounter.SetUp(args)
}

func (m *ownedMounter) SetUpAt(dir string, args volume.MounterArgs) error {
	args.FsUser, args.FsGroup = nil, nil
	return m.Mounter.SetUpAt(dir, args)
}

// hostPathPlugin looks for host paths below the root of the simulated machine.
type hostPathPlugin struct {
	volume.VolumePlugin
	root string
}

func (p *hostPathPlugin) NewMounter(spec *volume.Spec, pod *v1.Pod) (volume.Mounter, error) {
	below, err := p.below(spec)
	if err != nil {
		return nil, err
	}
	mounter, err := p.VolumePlugin.NewMounter(below, pod)
	if err != nil {
		return nil, err
	}
	return &hostPathMounter{Mounter: mounter, root: p.root}, nil
}

// below copies the volume with the path that it has on this computer.
func (p *hostPathPlugin) below(spec *volume.Spec) (*volume.Spec, error) {
	copied := *spec
	var source *v1.HostPathVolumeSource
	if spec.Volume != nil && spec.Volume.HostPath != nil {
		copied.Volume = spec.Volume.DeepCopy()
		source = copied.Volume.HostPath
	} else {
		copied.PersistentVolume = spec.PersistentVolume.DeepCopy()
		source = copied.PersistentVolume.Spec.HostPath
	}
	path, err := securejoin.SecureJoin(p.root, source.Path)
	if err != nil {
		return nil, fmt.Errorf("host path %s: %w", source.Path, err)
	}
	source.Path = path
	return &copied, nil
}

type hostPathMounter struct {
	volume.Mounter
	root string
}

// SetUp checks the path's type; a fault in it speaks of the path on the machine.
func (m *hostPathMounter) SetUp(args volume.MounterArgs) error {
	if err := m.Mounter.SetUp(args); err != nil {
		return fmt.Errorf("%s", strings.ReplaceAll(err.Error(), m.root, ""))
	}
	return nil
}
