// From YAML text to Calico's objects, as strictly as the API server reads them.
package common

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/projectcalico/calico/libcalico-go/lib/backend/k8s/conversion"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/model"
	validator "github.com/projectcalico/calico/libcalico-go/lib/validator/v3"
)

const calicoAPI = "projectcalico.org/v3"

// head is what says which type a document is read as.
type head struct {
	metav1.TypeMeta `json:",inline"`
	Metadata        metav1.ObjectMeta `json:"metadata"`
}

// documents splits a text. Documents with nothing but comments are left out.
func documents(text string) ([][]byte, error) {
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader([]byte(text))))
	var found [][]byte
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, fmt.Errorf("the documents of the text: %w", err)
		}
		var value any
		if err := yaml.Unmarshal(document, &value); err != nil {
			return nil, fmt.Errorf("a document: %w", err)
		}
		if value != nil {
			found = append(found, document)
		}
	}
}

// judged is an object with what the validator says of it, and what Felix takes of it.
type judged struct {
	Object
	updates []*model.KVPair
}

func judge(engine Engine, document []byte) (judged, error) {
	var head head
	if err := yaml.Unmarshal(document, &head); err != nil {
		return judged{}, fmt.Errorf("the kind of a document: %w", err)
	}
	found := judged{Object: Object{
		Kind: head.Kind, Namespace: head.Metadata.Namespace, Name: head.Metadata.Name,
	}}
	kind, known := engine.Kinds[head.Kind]
	var err error
	switch {
	case head.APIVersion == calicoAPI && known:
		found.Judged = true
		found.updates, err = calico(kind, head.Kind, document)
	case head.APIVersion == calicoAPI:
		found.Judged = true
		err = fmt.Errorf("this version has no kind `%s`", head.Kind)
	case head.APIVersion == "networking.k8s.io/v1" && head.Kind == "NetworkPolicy":
		found.Judged = true
		found.updates, err = kubernetes(engine, document)
	}
	found.Accepted = found.Judged && err == nil
	if err != nil {
		found.Error = err.Error()
	}
	return found, nil
}

// calico reads an object of Calico's, has it validated, and converts it.
func calico(kind Kind, name string, document []byte) ([]*model.KVPair, error) {
	object := kind.New()
	if err := yaml.UnmarshalStrict(document, object); err != nil {
		return nil, err
	}
	if err := validator.Validate(object); err != nil {
		return nil, err
	}
	if kind.Prepare != nil {
		if err := kind.Prepare(object); err != nil {
			return nil, err
		}
	}
	if kind.StoredName != nil {
		object.SetName(kind.StoredName(object.GetName()))
	}
	key := model.ResourceKey{Kind: name, Name: object.GetName(), Namespace: object.GetNamespace()}
	return kind.Processor().Process(&model.KVPair{Key: key, Value: object})
}

// kubernetes converts a NetworkPolicy of Kubernetes, which has no validator in Calico.
func kubernetes(engine Engine, document []byte) ([]*model.KVPair, error) {
	policy := &networkingv1.NetworkPolicy{}
	if err := yaml.UnmarshalStrict(document, policy); err != nil {
		return nil, err
	}
	if policy.Namespace == "" {
		policy.Namespace = "default"
	}
	if policy.UID == "" {
		policy.UID = uid
	}
	pair, err := conversion.NewConverter().K8sNetworkPolicyToCalico(policy)
	if err != nil {
		return nil, err
	}
	return processed(engine, "NetworkPolicy", pair)
}

// processed is what Felix takes of a resource of Calico's that Kubernetes' objects were made into.
func processed(engine Engine, kind string, pair *model.KVPair) ([]*model.KVPair, error) {
	key, ok := pair.Key.(model.ResourceKey)
	if !ok {
		return nil, fmt.Errorf("a key of type %T", pair.Key)
	}
	key.Kind = kind
	return engine.Kinds[kind].Processor().Process(&model.KVPair{Key: key, Value: pair.Value})
}
