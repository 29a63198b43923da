// Reads a Dockerfile with the parser and the linter of docker build, and prints what the image is made of.
// usage: main FILE
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

type stage struct {
	From     string
	Name     string
	Commands []string
}

func main() {
	file, err := os.Open(os.Args[1])
	check(err)
	parsed, err := parser.Parse(file)
	check(err)
	failed := false
	warn := func(name, description, url, message string, _ []parser.Range) {
		fmt.Fprintf(os.Stderr, "%s: %s\n", name, message)
		failed = true
	}
	for _, warning := range parsed.Warnings {
		warn("parser", "", "", warning.Short, nil)
	}
	stages, _, err := instructions.Parse(parsed.AST, linter.New(&linter.Config{Warn: warn}))
	check(err)
	var out []stage
	for _, from := range stages {
		one := stage{From: from.BaseName, Name: from.Name}
		for _, command := range from.Commands {
			one.Commands = append(one.Commands, fmt.Sprint(command))
		}
		out = append(out, one)
	}
	if failed {
		os.Exit(1)
	}
	check(json.NewEncoder(os.Stdout).Encode(out))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
