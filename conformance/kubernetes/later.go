// What later versions ask, put into the schemas of the latest definitions that can be had.
package main

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

//go:embed later.yaml
var laterText []byte

// later is a line of the table: a place, and what is asked of what stands there.
type later struct {
	Since   string   `json:"since"`
	At      string   `json:"at"`
	Values  []string `json:"values"`
	Numbers []int64  `json:"numbers"`
	Least   *int64   `json:"least"`
	Most    *int64   `json:"most"`
	Longest *int64   `json:"longest"`
	Set     bool     `json:"set"`
	Holds   string   `json:"holds"`
	Why     string   `json:"why"`
}

// tighten makes a change to the schemas of policies: all that is asked up to a version.
func tighten(version string) (tightening, error) {
	var table []later
	if err := yaml.UnmarshalStrict(laterText, &table); err != nil {
		return nil, fmt.Errorf("later.yaml: %w", err)
	}
	return func(kind string, schema *props) error {
		if kind != "NetworkPolicy" && kind != "GlobalNetworkPolicy" {
			return nil
		}
		for _, line := range table {
			if line.Since > version {
				continue
			}
			for _, place := range line.places() {
				if err := change(schema, strings.Split(place, "."), line.apply); err != nil {
					return fmt.Errorf("%s: %w", place, err)
				}
			}
		}
		return nil
	}, nil
}

// places are the paths that `at` stands for.
func (l later) places() []string {
	head, rest, _ := strings.Cut(l.At, ".")
	rules := []string{"spec.ingress[]", "spec.egress[]"}
	var heads []string
	switch head {
	case "rule":
		heads = rules
	case "entity":
		for _, rule := range rules {
			heads = append(heads, rule+".source", rule+".destination")
		}
	default:
		return []string{l.At}
	}
	if rest == "" {
		return heads
	}
	var found []string
	for _, head := range heads {
		found = append(found, head+"."+rest)
	}
	return found
}

// change applies a change to the schema at a path. A schema holds its children by value.
func change(schema *props, path []string, apply func(*props) error) error {
	if len(path) == 0 {
		return apply(schema)
	}
	name, isItem := strings.CutSuffix(path[0], "[]")
	child, ok := schema.Properties[name]
	if !ok {
		return fmt.Errorf("there is no `%s`", name)
	}
	target := &child
	if isItem {
		target = child.Items.Schema
	}
	if err := change(target, path[1:], apply); err != nil {
		return err
	}
	schema.Properties[name] = child
	return nil
}

func (l later) apply(schema *props) error {
	for _, value := range l.Values {
		schema.Enum = append(schema.Enum, apiextensionsv1.JSON{Raw: []byte(strconv.Quote(value))})
	}
	for _, number := range l.Numbers {
		schema.Enum = append(schema.Enum, apiextensionsv1.JSON{Raw: []byte(strconv.FormatInt(number, 10))})
	}
	if l.Least != nil {
		schema.MinItems = l.Least
	}
	if l.Most != nil {
		schema.MaxItems = l.Most
	}
	if l.Longest != nil {
		schema.MaxLength = l.Longest
	}
	if l.Set {
		set := "set"
		schema.XListType = &set
	}
	if l.Holds != "" {
		rule := apiextensionsv1.ValidationRule{Rule: l.Holds, Message: l.Why}
		schema.XValidations = append(schema.XValidations, rule)
	}
	return nil
}
