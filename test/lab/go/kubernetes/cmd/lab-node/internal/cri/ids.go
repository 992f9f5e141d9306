package cri

import (
	"crypto/rand"
	"encoding/hex"
)

// newID is 64 hexadecimal digits, like containerd's own.
func newID() string {
	random := make([]byte, 32)
	rand.Read(random) // never fails: the process ends if the kernel has no random numbers
	return hex.EncodeToString(random)
}
