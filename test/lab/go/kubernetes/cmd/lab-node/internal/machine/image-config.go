package machine

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// ImageConfigFile is the name of an image's configuration, at the top of its root.
const ImageConfigFile = "image.json"

// ImageConfig is what an image says about its own containers.
type ImageConfig struct {
	Entrypoint []string `json:"entrypoint"`
	Cmd        []string `json:"cmd"`
	Env        []string `json:"env"`
	User       int64    `json:"user"`
	WorkDir    string   `json:"workdir"`
}

// Config reads the image's configuration.
func (i *Image) Config() (*ImageConfig, error) {
	path := filepath.Join(i.RootFS, ImageConfigFile)
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	config := &ImageConfig{}
	if err := json.Unmarshal(content, config); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return config, nil
}

// CommandLine joins image and Pod as every container runtime does: a command replaces entrypoint and cmd, args only cmd.
func (c *ImageConfig) CommandLine(command, args []string) []string {
	switch {
	case len(command) > 0:
		return append(append([]string{}, command...), args...)
	case len(args) > 0:
		return append(append([]string{}, c.Entrypoint...), args...)
	default:
		return append(append([]string{}, c.Entrypoint...), c.Cmd...)
	}
}
