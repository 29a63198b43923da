// From a cluster to what Calico decides in it.
package common

import (
	"fmt"

	"github.com/projectcalico/calico/libcalico-go/lib/backend/api"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/model"
)

// decide answers the requests of a question. An object that the validator refuses is missing to
// Felix, so that a verdict would be of another cluster: that is an error.
func decide(engine Engine, question Question) ([]Verdict, error) {
	pairs, err := cluster(engine, question)
	if err != nil {
		return nil, err
	}
	documents, err := documents(question.Objects)
	if err != nil {
		return nil, err
	}
	for _, document := range documents {
		judged, err := judge(engine, document)
		if err != nil {
			return nil, err
		}
		if !judged.Accepted {
			return nil, fmt.Errorf("%s `%s` is not taken: %s", judged.Kind, judged.Name, judged.Error)
		}
		pairs = append(pairs, judged.updates...)
	}
	judge, err := engine.Start(updates(pairs))
	if err != nil {
		return nil, err
	}
	var verdicts []Verdict
	for _, request := range question.Requests {
		verdict, err := judge.Decide(request)
		if err != nil {
			return nil, fmt.Errorf("%s from %s: %w", request.Destination, request.Source, err)
		}
		verdicts = append(verdicts, verdict)
	}
	return verdicts, nil
}

func updates(pairs []*model.KVPair) []api.Update {
	var updates []api.Update
	for _, pair := range pairs {
		if pair.Value != nil {
			updates = append(updates, api.Update{KVPair: *pair, UpdateType: api.UpdateTypeKVNew})
		}
	}
	return updates
}
