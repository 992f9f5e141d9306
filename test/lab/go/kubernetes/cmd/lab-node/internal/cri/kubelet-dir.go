package cri

import (
	"path/filepath"
	"strings"

	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/machine"
)

// KubeletDir is a kubelet's root folder under two names: Alias is the one the kubelet uses, Real the true one. The alias
// is short, because the kubelet makes a Unix socket in there and such a path may have 107 characters only, but it means
// something else in every other process.
type KubeletDir struct{ Alias, Real string }

// DirOf is the kubelet's folder of a machine whose own folder is the working directory.
func DirOf(config *machine.Config) KubeletDir {
	return KubeletDir{Alias: "/proc/self/cwd/kubelet", Real: filepath.Join(config.Dir, "kubelet")}
}

func (d KubeletDir) resolve(path string) string {
	if rest, found := strings.CutPrefix(path, d.Alias+"/"); found {
		return filepath.Join(d.Real, rest)
	}
	return path
}
