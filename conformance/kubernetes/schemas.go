// The sets of definitions by their names on the command line.
package main

import "fmt"

// schemas are the definitions of a name, and under which names Calico stores policies there.
type schemas struct {
	definitions map[kind]definition
	// prefix stands before the name of a policy in the store.
	prefix string
}

func schemasOf(name string) (schemas, error) {
	switch name {
	case "calico-3.28":
		return plain(calico328, "default.")
	case "calico-3.31":
		return plain(calico331, "default.")
	case "calico-3.32", "calico-3.33":
		change, err := tighten(name[len("calico-"):])
		if err != nil {
			return schemas{}, err
		}
		texts, err := calico331.texts()
		if err != nil {
			return schemas{}, err
		}
		definitions, err := load(texts, change)
		return schemas{definitions, ""}, err
	case "istio":
		return plain(istio, "")
	case "gateway-api":
		return plain(gatewayAPI, "")
	default:
		return schemas{}, fmt.Errorf("no schemas `%s`: calico-3.28 or 3.31 or 3.32 or 3.33, istio or gateway-api", name)
	}
}

func plain(from module, prefix string) (schemas, error) {
	texts, err := from.texts()
	if err != nil {
		return schemas{}, err
	}
	definitions, err := load(texts, nil)
	return schemas{definitions, prefix}, err
}
