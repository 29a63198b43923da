package main

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	mesh "istio.io/api/mesh/v1alpha1"
)

// listMeshFields writes each leaf of MeshConfig by its name in JSON, with what it holds, out of its
// descriptor. `[]` is a list's item, `{}` a map's value.
func listMeshFields(out io.Writer) error {
	var rows []string
	ofMessage("", (&mesh.MeshConfig{}).ProtoReflect().Descriptor(), func(path, holds string) {
		rows = append(rows, path+"\t"+holds)
	})
	sort.Strings(rows)
	_, err := fmt.Fprintln(out, strings.Join(rows, "\n"))
	return err
}

// wellKnown are messages that JSON writes as values.
var wellKnown = map[protoreflect.FullName]string{
	"google.protobuf.BoolValue":   "boolean",
	"google.protobuf.Duration":    "string",
	"google.protobuf.Int32Value":  "integer",
	"google.protobuf.Int64Value":  "integer",
	"google.protobuf.Struct":      "anything",
	"google.protobuf.UInt32Value": "integer",
}

func ofMessage(path string, message protoreflect.MessageDescriptor, add func(path, holds string)) {
	if holds, ok := wellKnown[message.FullName()]; ok {
		add(path, holds)
		return
	}
	fields := message.Fields()
	if fields.Len() == 0 {
		add(path, "nothing")
	}
	for i := range fields.Len() {
		field := fields.Get(i)
		below := strings.TrimPrefix(path+"."+field.JSONName(), ".")
		switch {
		case field.IsMap():
			ofValue(below+"{}", field.MapValue(), add)
		case field.IsList():
			ofValue(below+"[]", field, add)
		default:
			ofValue(below, field, add)
		}
	}
}

func ofValue(path string, field protoreflect.FieldDescriptor, add func(path, holds string)) {
	switch field.Kind() {
	case protoreflect.MessageKind:
		ofMessage(path, field.Message(), add)
	case protoreflect.EnumKind:
		var words []string
		for i := range field.Enum().Values().Len() {
			words = append(words, string(field.Enum().Values().Get(i).Name()))
		}
		add(path, strings.Join(words, "|"))
	case protoreflect.BoolKind:
		add(path, "boolean")
	case protoreflect.StringKind:
		add(path, "string")
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		add(path, "number")
	default:
		add(path, "integer")
	}
}
