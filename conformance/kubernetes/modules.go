// Where the custom resource definitions come from: the modules that are published with them.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
)

// module is a published Go module with definitions in a folder or file of it.
type module struct {
	path, version string
	// sum pins it: Go's checksum database does not have Calico.
	sum string
	// files is a pattern of the files with definitions.
	files string
}

const calicoFiles = "libcalico-go/config/crd/crd.projectcalico.org_*.yaml"

var (
	calico328 = module{
		path:    "github.com/projectcalico/calico",
		version: "v1.11.0-cni-plugin.0.20250813170300-a0db560f0520",
		sum:     "h1:TXnPEzx4pLWgwzCetIO/VJuz4iBZZrOdNSv16a50YqE=",
		files:   calicoFiles,
	}
	calico331 = module{
		path:    "github.com/projectcalico/calico",
		version: "v0.0.0-20251021213802-b1f3c43f8437",
		sum:     "h1:PbLe6D0Yis8ce4F+o/Dmlrv4Her2ZN6ns8rmlZoFoEY=",
		files:   calicoFiles,
	}
	istio = module{
		path:    "istio.io/istio",
		version: "v0.0.0-20260827124520-eed52ebb66ad",
		sum:     "h1:ui9TJjRMAV/hb5ehQaZDq7IUGxuQP6dra9lapT/VjHI=",
		files:   "manifests/charts/base/files/crd-all.gen.yaml",
	}
	// The experimental channel has every field of the standard one, and those that may come.
	gatewayAPI = module{
		path:    "sigs.k8s.io/gateway-api",
		version: "v1.6.0",
		sum:     "h1:735YBRj5NXFrOGX0GoSjwzUIzbz8kiEOfADsqHFmHgE=",
		files:   "config/crd/experimental/gateway.networking.k8s.io_*.yaml",
	}
)

// texts are the files with the module's definitions, in the order of their names.
func (m module) texts() ([][]byte, error) {
	folder, err := m.folder()
	if err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(folder, filepath.FromSlash(m.files)))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s@%s has no %s", m.path, m.version, m.files)
	}
	sort.Strings(paths)
	var texts [][]byte
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// folder has Go fetch the module where it is not there yet, and says where it lies.
func (m module) folder() (string, error) {
	command := exec.Command("go", "mod", "download", "-json", m.path+"@"+m.version)
	command.Env = append(os.Environ(), "GONOSUMDB=github.com/projectcalico/*")
	// No go.mod is to be read, or changed.
	command.Dir = os.TempDir()
	out, err := command.Output()
	var told struct{ Dir, Sum, Error string }
	if parsed := json.Unmarshal(out, &told); parsed != nil || told.Error != "" {
		return "", fmt.Errorf("%s@%s cannot be had: %v %s", m.path, m.version, err, strings.TrimSpace(told.Error))
	}
	if told.Sum != m.sum {
		return "", fmt.Errorf("%s@%s has the sum %s", m.path, m.version, told.Sum)
	}
	return told.Dir, nil
}
