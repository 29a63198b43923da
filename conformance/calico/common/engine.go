// What a version of Calico gives.
package common

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/projectcalico/calico/libcalico-go/lib/backend/api"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/watchersyncer"
)

// Resource is an object of Calico's API.
type Resource interface {
	metav1.Object
}

// Kind is one kind of Calico's API in one version.
type Kind struct {
	// New makes an empty object, to be decoded into.
	New func() Resource
	// Prepare makes of an object what the API server stores, or says why it refuses it. It comes
	// after the validator. It may be nil.
	Prepare func(Resource) error
	// StoredName is the name under which Felix sees the object, where it is another.
	StoredName func(string) string
	// Processor converts the object to what Felix takes.
	Processor func() watchersyncer.SyncerUpdateProcessor
}

// Engine is one version of Calico.
type Engine struct {
	Version string
	// Evaluator is the version of the evaluator that stands for the dataplane, where it is another.
	Evaluator string
	Kinds     map[string]Kind
	// Start feeds the calculation graph, and answers requests with what it makes of the updates.
	Start func(updates []api.Update) (Judge, error)
}

// evaluator is the version whose evaluator stands for the dataplane.
func (e Engine) evaluator() string {
	if e.Evaluator == "" {
		return e.Version
	}
	return e.Evaluator
}

// Judge decides requests in one state of the cluster.
type Judge interface {
	Decide(Request) (Verdict, error)
}
