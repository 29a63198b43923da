// Pods, namespaces and service accounts, as Calico takes them from Kubernetes.
package common

import (
	"fmt"
	"sort"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/projectcalico/calico/libcalico-go/lib/backend/k8s/conversion"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/model"
)

// Node is the only node: all endpoints are on it, so that Felix makes policy for each.
const Node = "node"

// uid is that of every object: Calico reads it, and nothing is decided by it.
const uid = "00000000-0000-4000-8000-000000000000"

// cluster is what Felix takes of the endpoints of a question.
func cluster(engine Engine, question Question) ([]*model.KVPair, error) {
	var found []*model.KVPair
	converter := conversion.NewConverter()
	add := func(kind string, pair *model.KVPair, err error) error {
		if err != nil {
			return err
		}
		processed, err := processed(engine, kind, pair)
		found = append(found, processed...)
		return err
	}
	for _, name := range namespaces(question) {
		labels := map[string]string{"kubernetes.io/metadata.name": name}
		for key, value := range question.Namespaces[name] {
			labels[key] = value
		}
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels, UID: uid}}
		pair, err := converter.NamespaceToProfile(namespace)
		if err := add("Profile", pair, err); err != nil {
			return nil, fmt.Errorf("namespace `%s`: %w", name, err)
		}
	}
	for _, endpoint := range question.Endpoints {
		account := &corev1.ServiceAccount{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: endpoint.Namespace, Name: endpoint.Account, UID: uid,
				Labels: question.Accounts[endpoint.Namespace+"/"+endpoint.Account],
			},
		}
		pair, err := converter.ServiceAccountToProfile(account)
		if err := add("Profile", pair, err); err != nil {
			return nil, fmt.Errorf("account of `%s`: %w", endpoint.Name, err)
		}
		pairs, err := converter.PodToWorkloadEndpoints(pod(endpoint))
		if err != nil {
			return nil, fmt.Errorf("pod `%s`: %w", endpoint.Name, err)
		}
		for _, pair := range pairs {
			if err := add("WorkloadEndpoint", pair, nil); err != nil {
				return nil, fmt.Errorf("pod `%s`: %w", endpoint.Name, err)
			}
		}
	}
	return found, nil
}

// namespaces are the names of all namespaces of a question, sorted.
func namespaces(question Question) []string {
	names := map[string]bool{}
	for name := range question.Namespaces {
		names[name] = true
	}
	for _, endpoint := range question.Endpoints {
		names[endpoint.Namespace] = true
	}
	var sorted []string
	for name := range names {
		sorted = append(sorted, name)
	}
	sort.Strings(sorted)
	return sorted
}

func pod(endpoint Endpoint) *corev1.Pod {
	var ports []corev1.ContainerPort
	for _, port := range endpoint.Ports {
		ports = append(ports, corev1.ContainerPort{
			Name: port.Name, ContainerPort: port.Number, Protocol: corev1.Protocol(port.Protocol),
		})
	}
	var addresses []corev1.PodIP
	for _, address := range endpoint.Addresses {
		addresses = append(addresses, corev1.PodIP{IP: address})
	}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: endpoint.Namespace, Name: endpoint.Name, Labels: endpoint.Labels, UID: uid,
		},
		Spec: corev1.PodSpec{
			NodeName:           Node,
			ServiceAccountName: endpoint.Account,
			Containers:         []corev1.Container{{Name: "main", Ports: ports}},
		},
		Status: corev1.PodStatus{
			Phase:  corev1.PodRunning,
			PodIPs: addresses,
		},
	}
}
