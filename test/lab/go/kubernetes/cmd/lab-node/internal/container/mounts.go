package container

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	securejoin "github.com/cyphar/filepath-securejoin"
	"golang.org/x/sys/unix"
)

const bootIDPath = "sys/kernel/random/boot_id"

// devices are the ones that every container has.
var devices = []string{"null", "zero", "full", "random", "urandom", "tty"}

// bind shows source, with all that is mounted below it, at target, which is made if it is missing.
func bind(source, target string) error {
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	if err := makeMountPoint(target, info.IsDir()); err != nil {
		return err
	}
	return unix.Mount(source, target, "", unix.MS_BIND|unix.MS_REC, "")
}

func makeMountPoint(target string, dir bool) error {
	if _, err := os.Lstat(target); err == nil {
		return nil
	}
	if dir {
		return os.MkdirAll(target, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(target, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	return file.Close()
}

// setReadOnly only adds the flag: in a user namespace the others of a mount are locked and may not be left out.
func setReadOnly(target string, flags uint) error {
	return unix.MountSetattr(unix.AT_FDCWD, target, flags, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY})
}

func addMount(spec Spec, root string, mount Mount) error {
	// The image's own links must not lead out of the container's root.
	target, err := securejoin.SecureJoin(root, mount.Target)
	if err != nil {
		return err
	}
	if err := bind(mount.Source, target); err != nil {
		return err
	}
	if mount.ReadOnly {
		if err := setReadOnly(target, 0); err != nil {
			return err
		}
	}
	if mount.HostRoot {
		return fillHostRoot(spec, target)
	}
	return nil
}

// fillHostRoot shows a running system below a machine's root, where that has folders to show it in.
func fillHostRoot(spec Spec, root string) error {
	if isEmptyDir(filepath.Join(root, "proc")) {
		if err := makeProc(spec, filepath.Join(root, "proc")); err != nil {
			return err
		}
	}
	if isEmptyDir(filepath.Join(root, "dev")) {
		return makeDev(filepath.Join(root, "dev"))
	}
	return nil
}

func isEmptyDir(path string) bool {
	entries, err := os.ReadDir(path)
	return err == nil && len(entries) == 0
}

// makeProc shows this process namespace, with the machine's own boot id in it.
func makeProc(spec Spec, path string) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	err := unix.Mount("proc", path, "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	if errors.Is(err, unix.EPERM) {
		// Where parts of /proc are masked, as in another container, the kernel refuses a second, unmasked one.
		err = unix.Mount("/proc", path, "", unix.MS_BIND|unix.MS_REC, "")
	}
	if err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	bootID := filepath.Join(path, bootIDPath)
	if err := unix.Mount(spec.BootIDFile, bootID, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("put the machine's boot id into /proc: %w", err)
	}
	return setReadOnly(bootID, 0)
}

func makeDev(path string) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	if err := unix.Mount("dev", path, "tmpfs", unix.MS_NOSUID, "mode=755"); err != nil {
		return err
	}
	for _, name := range devices {
		err := bind("/dev/"+name, filepath.Join(path, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	links := map[string]string{"fd": "", "stdin": "/0", "stdout": "/1", "stderr": "/2"}
	for name, rest := range links {
		if err := os.Symlink("/proc/self/fd"+rest, filepath.Join(path, name)); err != nil {
			return err
		}
	}
	return os.Mkdir(filepath.Join(path, "shm"), 0o777)
}
