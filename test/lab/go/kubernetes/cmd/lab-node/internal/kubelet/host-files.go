package kubelet

import (
	"os"
	"path/filepath"
	"strings"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/volume/util/hostutil"
)

// upstreamLogLinks is where the kubelet, by a constant, puts links to logs: a folder of this computer.
const upstreamLogLinks = "/var/log/containers"

// hostFiles is the real file system, with those links in the machine's own folder.
type hostFiles struct {
	kubecontainer.RealOS
	logLinks string
}

func (h *hostFiles) place(path string) string {
	if rest, found := strings.CutPrefix(path, upstreamLogLinks); found {
		return filepath.Join(h.logLinks, rest)
	}
	return path
}

func (h *hostFiles) Symlink(target, link string) error {
	return h.RealOS.Symlink(target, h.place(link))
}
func (h *hostFiles) Remove(path string) error { return h.RealOS.Remove(h.place(path)) }
func (h *hostFiles) Stat(path string) (os.FileInfo, error) {
	return h.RealOS.Stat(h.place(path))
}
func (h *hostFiles) Glob(pattern string) ([]string, error) {
	return h.RealOS.Glob(h.place(pattern))
}

// hostUtil answers from the real file system; what would change mounts stays upstream's stand-in.
type hostUtil struct{ hostutil.FakeHostUtil }

func (h *hostUtil) GetFileType(path string) (hostutil.FileType, error) {
	return hostutil.NewHostUtil().GetFileType(path)
}
func (h *hostUtil) PathExists(path string) (bool, error) {
	return hostutil.NewHostUtil().PathExists(path)
}
func (h *hostUtil) GetMode(path string) (os.FileMode, error) {
	return hostutil.NewHostUtil().GetMode(path)
}
func (h *hostUtil) GetOwner(path string) (int64, int64, error) {
	return hostutil.NewHostUtil().GetOwner(path)
}
