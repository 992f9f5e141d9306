package machine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Faults is MACHINE_DIR/faults.json. It is read anew each time it matters, so it may change while the machine runs.
type Faults struct {
	// ImagePullError, if any, is what the registry answers to a pull of one of our images.
	ImagePullError string `json:"imagePullError"`
	// TaskProgram, if any, is the JavaScript that task Pods of ours run in the place of the image's program.
	TaskProgram string `json:"taskProgram"`
}

// LoadFaults reads dir/faults.json; a missing file means none.
func LoadFaults(dir string) (Faults, error) {
	path := filepath.Join(dir, "faults.json")
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Faults{}, nil
	}
	if err != nil {
		return Faults{}, err
	}
	var faults Faults
	if err := json.Unmarshal(content, &faults); err != nil {
		return Faults{}, fmt.Errorf("%s: %w", path, err)
	}
	return faults, nil
}
