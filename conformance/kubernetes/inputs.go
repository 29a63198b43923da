// Istio's manifests, judged by Istio's schemas and by unmesh, side by side.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sort"
	"strings"
)

// read are the kinds that unmesh reads.
var read = map[string]bool{
	"AuthorizationPolicy": true, "PeerAuthentication": true,
	"RequestAuthentication": true, "VirtualService": true,
}

// objections are the codes with which unmesh says that an object is not right: YAML, fields, types,
// values, whole objects, and what Istio refuses: of a VirtualService that is UM301.
var objections = map[string]bool{
	"UM001": true, "UM003": true, "UM004": true, "UM005": true, "UM006": true, "UM007": true, "UM008": true,
	"UM009": true, "UM010": true, "UM011": true, "UM015": true, "UM017": true, "UM018": true, "UM020": true,
	"UM301": true,
}

// structural are those that the schema has to share: Istio's own validation knows more than it.
var structural = []string{"UM006", "UM007"}

// finding is what is needed of one of unmesh's.
type finding struct {
	Code, Message string
	Field         *string
}

// comparison counts what both say.
type comparison struct {
	schemas   schemas
	unmesh    string
	out       io.Writer
	seen      map[string]bool
	documents map[string]int
	accepted  int
	refused   int
	differ    int
}

func newComparison(unmesh string, out io.Writer) (*comparison, error) {
	schemas, err := schemasOf("istio")
	return &comparison{
		schemas: schemas, unmesh: unmesh, out: out,
		seen: map[string]bool{}, documents: map[string]int{},
	}, err
}

func judgeInputs(unmesh string, folders []string, out io.Writer) error {
	found, err := newComparison(unmesh, out)
	if err != nil {
		return err
	}
	if err := yamlFiles(folders, found.file); err != nil {
		return err
	}
	fmt.Fprintf(out, "documents of Istio's kinds: %d refused by the schemas, %d judged differently\n",
		found.refused, found.differ)
	for _, kind := range sortedKeys(found.documents) {
		fmt.Fprintf(out, "  judged: %d %s\n", found.documents[kind], kind)
	}
	if found.differ > 0 || len(found.documents) == 0 {
		return errors.New("not all is judged alike, or nothing is there")
	}
	return nil
}

// file judges the documents of a file that kubectl could read at all.
func (c *comparison) file(path string, text []byte) error {
	texts, err := documents(text)
	if err != nil {
		return nil
	}
	for index, document := range texts {
		object, err := decode(document)
		key := kindOf(object)
		_, known := c.schemas.definitions[key]
		if err != nil || !read[key.name] || !known || c.seen[string(document)] {
			continue
		}
		c.seen[string(document)] = true
		c.documents[key.name]++
		if err := c.document(fmt.Sprintf("%s, document %d, %s", path, index, key.name), document); err != nil {
			return err
		}
	}
	return nil
}

// document has one document judged by both. What cannot be read is refused.
func (c *comparison) document(name string, document []byte) error {
	said := judgement{}
	object, err := decode(document)
	if err != nil {
		said.refused = []string{err.Error()}
	} else {
		said = c.schemas.definitions[kindOf(object)].judge(object)
	}
	if said.accepts() {
		c.accepted++
	} else {
		c.refused++
	}
	findings, err := c.ask(document)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if difference := differs(said, findings); difference != "" {
		c.differ++
		fmt.Fprintf(c.out, "%s: %s\n", name, difference)
	}
	return nil
}

// ask runs unmesh on one document.
func (c *comparison) ask(document []byte) ([]finding, error) {
	command := exec.Command(c.unmesh, "lint", "--format", "json", "-")
	command.Stdin = bytes.NewReader(document)
	out, err := command.Output()
	var status *exec.ExitError
	if err != nil && (!errors.As(err, &status) || status.ExitCode() != 1) {
		return nil, err
	}
	var told struct{ Findings []finding }
	if err := json.Unmarshal(out, &told); err != nil {
		return nil, err
	}
	return told.Findings, nil
}

// differs says how the two judge differently; nothing where they do not.
func differs(said judgement, findings []finding) string {
	codes := map[string]string{}
	for _, finding := range findings {
		if objections[finding.Code] {
			codes[finding.Code] = finding.Message
		}
	}
	if !said.accepts() && len(codes) == 0 {
		return "unmesh says nothing of: " + said.String()
	}
	if !said.accepts() {
		return ""
	}
	var alone []string
	for _, code := range structural {
		if message, ok := codes[code]; ok {
			alone = append(alone, code+" "+message)
		}
	}
	sort.Strings(alone)
	if len(alone) > 0 {
		return "the schema accepts it, and unmesh says: " + strings.Join(alone, "; ")
	}
	return ""
}
