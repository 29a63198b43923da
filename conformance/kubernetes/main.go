// Command kubernetes judges objects as the API server does: by custom resource definitions.
//
//	kubernetes objects SCHEMAS FOLDER...   what unmesh wrote, by the schemas of a Calico
//	kubernetes inputs UNMESH FOLDER...     manifests, by Istio's schemas and by unmesh
//	kubernetes texts < TABLE               a table of texts, with what kubectl makes of them
//	kubernetes fields                      all leaves of Istio's kinds
//	kubernetes mesh-fields                 all leaves of MeshConfig
//	kubernetes places UNMESH TABLE         scalars of a table in places of Istio's kinds, by both
package main

import (
	"errors"
	"fmt"
	"os"
)

func run(args []string) error {
	switch {
	case len(args) >= 3 && args[0] == "objects":
		return judgeObjects(args[1], args[2:], os.Stdout)
	case len(args) >= 3 && args[0] == "inputs":
		return judgeInputs(args[1], args[2:], os.Stdout)
	case len(args) == 3 && args[0] == "places":
		return judgePlaces(args[1], args[2], os.Stdout)
	case len(args) == 1 && args[0] == "fields":
		return listFields(os.Stdout)
	case len(args) == 1 && args[0] == "mesh-fields":
		return listMeshFields(os.Stdout)
	case len(args) == 1 && args[0] == "texts":
		return readTexts(os.Stdin, os.Stdout)
	default:
		return errors.New("usage: kubernetes objects SCHEMAS FOLDER..., inputs UNMESH FOLDER..., places UNMESH TABLE, texts, fields, mesh-fields")
	}
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
