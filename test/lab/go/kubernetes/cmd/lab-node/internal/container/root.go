package container

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// machineDirs are lent to every container by this computer, read-only, unless its image brings its own: an image of the
// lab holds only what is its own, and the libraries of the programs in it are here.
var machineDirs = []string{"usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "etc"}

// ownDirs are empty at the start and part of the container's own file system.
var ownDirs = map[string]os.FileMode{
	"run": 0o755, "tmp": 0o777 | os.ModeSticky, "var": 0o755, "var/tmp": 0o777 | os.ModeSticky, "root": 0o700,
}

// enterRoot builds the container's root and makes it the root of this process.
func enterRoot(spec Spec) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts to ourselves: %w", err)
	}
	root := spec.Scratch
	if err := unix.Mount("lab", root, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return fmt.Errorf("mount the root: %w", err)
	}
	if err := lendFiles(spec, root); err != nil {
		return err
	}
	if err := makeSystemDirs(spec, root); err != nil {
		return err
	}
	for _, mount := range sortedByDepth(spec.Mounts) {
		if err := addMount(spec, root, mount); err != nil {
			return fmt.Errorf("mount %s: %w", mount.Target, err)
		}
	}
	if err := closeRoot(spec, root); err != nil {
		return err
	}
	return pivot(root)
}

func lendFiles(spec Spec, root string) error {
	entries, err := os.ReadDir(spec.RootFS)
	if err != nil {
		return fmt.Errorf("the image's files: %w", err)
	}
	names := []string{}
	for _, entry := range entries {
		if entry.Name() == imageConfigFile {
			continue
		}
		names = append(names, entry.Name())
		if err := lend(filepath.Join(spec.RootFS, entry.Name()), filepath.Join(root, entry.Name())); err != nil {
			return fmt.Errorf("the image's /%s: %w", entry.Name(), err)
		}
	}
	for _, name := range machineDirs {
		if slices.Contains(names, name) {
			continue
		}
		err := lend("/"+name, filepath.Join(root, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("this computer's /%s: %w", name, err)
		}
	}
	return nil
}

// lend shows source at target without a way to write to it. A link stays a link.
func lend(source, target string) error {
	info, err := os.Lstat(source)
	if err != nil {
		return err
	}
	if info.Mode()&os.ModeSymlink != 0 {
		link, err := os.Readlink(source)
		if err != nil {
			return err
		}
		return os.Symlink(link, target)
	}
	if err := bind(source, target); err != nil {
		return err
	}
	return setReadOnly(target, unix.AT_RECURSIVE)
}

func makeSystemDirs(spec Spec, root string) error {
	for _, name := range sortedNames(ownDirs) {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(path, 0o755); err != nil {
			return err
		}
		// The mode given to mkdir is cut by the umask.
		if err := os.Chmod(path, ownDirs[name]); err != nil {
			return err
		}
	}
	if err := makeDev(filepath.Join(root, "dev")); err != nil {
		return fmt.Errorf("make /dev: %w", err)
	}
	return makeProc(spec, filepath.Join(root, "proc"))
}

func sortedNames(dirs map[string]os.FileMode) []string {
	names := []string{}
	for name := range dirs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func sortedByDepth(mounts []Mount) []Mount {
	sorted := slices.Clone(mounts)
	slices.SortStableFunc(sorted, func(a, b Mount) int {
		return strings.Count(filepath.Clean(a.Target), "/") - strings.Count(filepath.Clean(b.Target), "/")
	})
	return sorted
}

// closeRoot takes away what the container's user would not have in life: the root's own folders belong to user 0.
func closeRoot(spec Spec, root string) error {
	if spec.UID != 0 {
		for _, name := range []string{"run", "var", "root", "."} {
			if err := os.Chmod(filepath.Join(root, name), 0o555); err != nil {
				return err
			}
		}
	}
	if !spec.ReadOnlyRoot {
		return nil
	}
	if err := setReadOnly(root, 0); err != nil {
		return fmt.Errorf("make the root read-only: %w", err)
	}
	return nil
}

// pivot makes root the root of this process and lets go of the former one.
func pivot(root string) error {
	if err := os.Chdir(root); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("change the root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("let go of the former root: %w", err)
	}
	return os.Chdir("/")
}
