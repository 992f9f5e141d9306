// Package machine reads what a simulated machine is.
package machine

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// OS is the container OS that a machine runs; it decides what the machine asks of a container that touches it.
type OS string

// The systems that the lab has.
const (
	Bottlerocket         OS = "Bottlerocket"
	ContainerOptimizedOS OS = "ContainerOptimizedOS"
)

// RuntimeState says what the container runtime remembers over a reboot.
type RuntimeState string

// Kept: dead containers are still listed. Lost: the runtime starts empty.
const (
	Kept RuntimeState = "Kept"
	Lost RuntimeState = "Lost"
)

// Image is one image whose containers are real processes. It fits every reference that starts with Prefix.
type Image struct {
	Prefix string `json:"prefix"`
	RootFS string `json:"rootfs"`
}

// Config is MACHINE_DIR/machine.json, read once at the start.
type Config struct {
	Name                    string            `json:"name"`
	BootID                  string            `json:"bootID"`
	OSImage                 string            `json:"osImage"`
	KernelVersion           string            `json:"kernelVersion"`
	ContainerRuntimeVersion string            `json:"containerRuntimeVersion"`
	Architecture            string            `json:"architecture"`
	CPUs                    int               `json:"cpus"`
	MemoryBytes             uint64            `json:"memoryBytes"`
	MaxPods                 int               `json:"maxPods"`
	PodIPs                  string            `json:"podIPs"`
	NodeIP                  string            `json:"nodeIP"`
	APIHost                 string            `json:"apiHost"`
	APIPort                 int               `json:"apiPort"`
	Kubeconfig              string            `json:"kubeconfig"`
	HostRoot                string            `json:"hostRoot"`
	OS                      OS                `json:"os"`
	Images                  []Image           `json:"images"`
	Labels                  map[string]string `json:"labels"`
	RuntimeState            RuntimeState      `json:"runtimeState"`
	LogDir                  string            `json:"logDir"`
	// ShutdownGraceSeconds is what the kubelet may take to end its Pods at a shutdown; with 0 it is not told of one.
	ShutdownGraceSeconds int `json:"shutdownGraceSeconds"`

	// Dir is the machine's own folder, absolute.
	Dir string `json:"-"`
}

// Load reads and checks dir/machine.json.
func Load(dir string) (*Config, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(absolute, "machine.json")
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	config := &Config{Dir: absolute}
	if err := json.Unmarshal(content, config); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return config, nil
}

func (c *Config) check() error {
	required := map[string]string{
		"name": c.Name, "bootID": c.BootID, "podIPs": c.PodIPs, "nodeIP": c.NodeIP, "apiHost": c.APIHost,
		"kubeconfig": c.Kubeconfig, "hostRoot": c.HostRoot, "logDir": c.LogDir,
	}
	for field, value := range required {
		if value == "" {
			return fmt.Errorf("%s is missing", field)
		}
	}
	if !filepath.IsAbs(c.HostRoot) || !filepath.IsAbs(c.LogDir) || !filepath.IsAbs(c.Kubeconfig) {
		return fmt.Errorf("hostRoot, logDir and kubeconfig must be absolute")
	}
	if c.CPUs < 1 || c.MemoryBytes == 0 || c.MaxPods < 1 || c.APIPort < 1 {
		return fmt.Errorf("cpus, memoryBytes, maxPods and apiPort must be positive")
	}
	if c.ShutdownGraceSeconds < 0 {
		return fmt.Errorf("shutdownGraceSeconds must not be negative")
	}
	if c.OS != Bottlerocket && c.OS != ContainerOptimizedOS {
		return fmt.Errorf("os %q is neither %s nor %s", c.OS, Bottlerocket, ContainerOptimizedOS)
	}
	if c.RuntimeState != Kept && c.RuntimeState != Lost {
		return fmt.Errorf("runtimeState %q is neither %s nor %s", c.RuntimeState, Kept, Lost)
	}
	return nil
}

// ImageFor finds the image whose containers are real processes, or nil where they only seem to run.
func (c *Config) ImageFor(reference string) *Image {
	for i := range c.Images {
		if strings.HasPrefix(reference, c.Images[i].Prefix) {
			return &c.Images[i]
		}
	}
	return nil
}
