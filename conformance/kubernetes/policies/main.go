// Has the API server's own validation judge NetworkPolicies: policies FOLDER...
//
// A document is read strictly, defaulted and converted as the API server does it, and validated by
// `pkg/apis/networking/validation`. Fails where one is refused, or where there is none.
package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/kubernetes/pkg/apis/networking"
	convert "k8s.io/kubernetes/pkg/apis/networking/v1"
	"k8s.io/kubernetes/pkg/apis/networking/validation"
	"sigs.k8s.io/yaml"
)

// judge says why a document is refused; an empty text is none.
func judge(document []byte) error {
	var read networkingv1.NetworkPolicy
	if err := yaml.UnmarshalStrict(document, &read); err != nil {
		return err
	}
	if read.APIVersion != "networking.k8s.io/v1" || read.Kind != "NetworkPolicy" {
		return fmt.Errorf("`%s` `%s` is no NetworkPolicy", read.APIVersion, read.Kind)
	}
	scheme := runtime.NewScheme()
	if err := convert.AddToScheme(scheme); err != nil {
		return err
	}
	scheme.Default(&read)
	var policy networking.NetworkPolicy
	if err := convert.Convert_v1_NetworkPolicy_To_networking_NetworkPolicy(&read, &policy, nil); err != nil {
		return err
	}
	return validation.ValidateNetworkPolicy(&policy, validation.NetworkPolicyValidationOptions{}).ToAggregate()
}

// documents parts a text at its separators and leaves out what holds nothing but comments.
func documents(text []byte) [][]byte {
	var found [][]byte
	for _, part := range bytes.Split(append([]byte("\n"), text...), []byte("\n---\n")) {
		var value any
		if yaml.Unmarshal(part, &value) != nil || value != nil {
			found = append(found, part)
		}
	}
	return found
}

func main() {
	judged, refused := 0, 0
	for _, folder := range os.Args[1:] {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, document := range documents(text) {
				judged++
				if err := judge(document); err != nil {
					refused++
					fmt.Printf("%s: %v\n", path, err)
				}
			}
			return nil
		})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	fmt.Printf("NetworkPolicies: %d judged, %d refused\n", judged, refused)
	if judged == 0 || refused > 0 {
		os.Exit(1)
	}
}
