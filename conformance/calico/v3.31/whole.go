// Whether messages of another version were read whole.
package main

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// readWhole fails where a message, or one in it, has a field that this version does not know.
func readWhole(message protoreflect.Message) error {
	if unknown := len(message.GetUnknown()); unknown > 0 {
		return fmt.Errorf("%d bytes of %s are not known", unknown, message.Descriptor().FullName())
	}
	var failed error
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.Message() == nil || field.IsMap():
		case field.IsList():
			for index := 0; index < value.List().Len() && failed == nil; index++ {
				failed = readWhole(value.List().Get(index).Message())
			}
		default:
			failed = readWhole(value.Message())
		}
		return failed == nil
	})
	return failed
}
