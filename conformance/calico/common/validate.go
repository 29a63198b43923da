// Whether objects are accepted.
package common

// validate says of each object of a text whether Calico takes it.
func validate(engine Engine, text string) ([]Object, error) {
	documents, err := documents(text)
	if err != nil {
		return nil, err
	}
	var objects []Object
	for _, document := range documents {
		judged, err := judge(engine, document)
		if err != nil {
			return nil, err
		}
		objects = append(objects, judged.Object)
	}
	return objects, nil
}
