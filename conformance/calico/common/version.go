// Which versions a row is about.
package common

import (
	"strconv"
	"strings"
)

// IsOf says whether a row is about an engine.
func (r Row) IsOf(engine Engine) bool {
	if earlier(engine.evaluator(), r.Evaluator) {
		return false
	}
	return !earlier(engine.Version, r.Since) && (r.Before == "" || earlier(engine.Version, r.Before))
}

// earlier compares versions number by number. Numbers that are left out are 0.
func earlier(one, other string) bool {
	ones, others := strings.Split(one, "."), strings.Split(other, ".")
	for index := 0; index < 3; index++ {
		left, right := number(ones, index), number(others, index)
		if left != right {
			return left < right
		}
	}
	return false
}

func number(parts []string, index int) int {
	if index >= len(parts) {
		return 0
	}
	value, err := strconv.Atoi(parts[index])
	if err != nil {
		return 0
	}
	return value
}
