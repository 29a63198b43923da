// Custom resource definitions, made into what the API server judges objects by.
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sort"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/storage/names"
	"sigs.k8s.io/yaml"
)

// props is a schema as a definition has it.
type props = apiextensionsv1.JSONSchemaProps

// specification is what a definition says of its resource.
type specification = apiextensionsv1.CustomResourceDefinitionSpec

// kind is an API version and a kind.
type kind struct{ apiVersion, name string }

// definition is one version of a resource.
type definition struct {
	structural *schema.Structural
	values     validation.SchemaValidator
	rules      *cel.Validator
	namespaced bool
}

// judgement is what the API server would say of an object.
type judgement struct {
	// unknown are the fields that it would drop, or refuse where fields are checked strictly.
	unknown []string
	// refused is why it would not take the object.
	refused []string
}

func (j judgement) accepts() bool { return len(j.unknown)+len(j.refused) == 0 }

// tightening changes the schema of a kind.
type tightening func(kind string, schema *props) error

// load makes definitions of texts. `change` may tighten a schema before.
func load(texts [][]byte, change tightening) (map[kind]definition, error) {
	found := map[kind]definition{}
	for _, text := range texts {
		documents, err := documents(text)
		if err != nil {
			return nil, err
		}
		for _, document := range documents {
			var crd apiextensionsv1.CustomResourceDefinition
			if err := yaml.Unmarshal(document, &crd); err != nil {
				return nil, fmt.Errorf("a definition: %w", err)
			}
			if crd.Kind != "CustomResourceDefinition" {
				continue
			}
			for _, version := range crd.Spec.Versions {
				made, err := define(version.Schema.OpenAPIV3Schema, crd.Spec, change)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", crd.Name, err)
				}
				found[kind{crd.Spec.Group + "/" + version.Name, crd.Spec.Names.Kind}] = made
			}
		}
	}
	return found, nil
}

// define makes a definition of one version's schema.
func define(from *props, crd specification, change tightening) (definition, error) {
	if change != nil {
		if err := change(crd.Names.Kind, from); err != nil {
			return definition{}, err
		}
	}
	var internal apiextensions.JSONSchemaProps
	err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(from, &internal, nil)
	if err != nil {
		return definition{}, err
	}
	structural, err := schema.NewStructural(&internal)
	if err != nil {
		return definition{}, err
	}
	if errs := schema.ValidateStructural(nil, structural); len(errs) > 0 {
		return definition{}, errs.ToAggregate()
	}
	values, _, err := validation.NewSchemaValidator(&internal)
	if err != nil {
		return definition{}, err
	}
	rules := cel.NewValidator(structural, true, celconfig.PerCallLimit)
	return definition{structural, values, rules, crd.Scope == apiextensionsv1.NamespaceScoped}, nil
}

// judge does what the API server does with a new object: unknown fields, defaults, the schema, lists
// that are sets or maps, the rules in CEL, and the metadata.
func (d definition) judge(object map[string]any) judgement {
	options := schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	unknown := pruning.PruneWithOptions(object, d.structural, true, options)
	defaulting.PruneNonNullableNullsWithoutDefaults(object, d.structural)
	defaulting.Default(object, d.structural)
	errs := validation.ValidateCustomResource(nil, object, d.values)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, d.structural, object)...)
	if d.rules != nil && len(errs) == 0 {
		budget := int64(celconfig.RuntimeCELCostBudget)
		broken, _ := d.rules.Validate(context.Background(), nil, d.structural, object, nil, budget)
		errs = append(errs, broken...)
	}
	errs = append(errs, d.metadata(object)...)
	found := judgement{unknown: unknown}
	for _, err := range errs {
		found.refused = append(found.refused, err.Error())
	}
	sort.Strings(found.refused)
	return found
}

func (d definition) metadata(object map[string]any) field.ErrorList {
	var meta metav1.ObjectMeta
	path := field.NewPath("metadata")
	fields, _ := object["metadata"].(map[string]any)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(fields, &meta); err != nil {
		return field.ErrorList{field.Invalid(path, "", err.Error())}
	}
	if d.namespaced && meta.Namespace == "" {
		// The client fills in the namespace of its context.
		meta.Namespace = "default"
	}
	if meta.Name == "" && meta.GenerateName != "" {
		// The store makes a name before it judges; its five last characters are random ones.
		name := names.SimpleNameGenerator.GenerateName(meta.GenerateName)
		meta.Name = name[:len(name)-5] + "00000"
	}
	return apivalidation.ValidateObjectMeta(&meta, d.namespaced, apivalidation.NameIsDNSSubdomain, path)
}

// documents splits a text as kubectl does. Documents with nothing but comments are left out.
func documents(text []byte) ([][]byte, error) {
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	var found [][]byte
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		found = append(found, document)
	}
}
