// Folders of objects, judged by the validator, for people and for CI.
package common

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// counts are what is said of a run.
type counts struct {
	files, accepted, refused, unreadable int
	// unjudged are objects of other APIs, by kind.
	unjudged map[string]int
	kinds    map[string]int
}

// Validate judges all YAML files below folders, says what is refused, and counts. Nothing to judge
// is an error, as is a refusal.
func Validate(engine Engine, folders []string, out io.Writer) error {
	found := counts{unjudged: map[string]int{}, kinds: map[string]int{}}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".yaml") {
				return err
			}
			return found.add(engine, path, out)
		})
		if err != nil {
			return fmt.Errorf("folder `%s`: %w", folder, err)
		}
	}
	fmt.Fprintf(out, "Calico %s: %d files, %d objects accepted, %d refused, %d files not read\n",
		engine.Version, found.files, found.accepted, found.refused, found.unreadable)
	say(out, "accepted", found.kinds)
	say(out, "not judged", found.unjudged)
	if found.refused+found.unreadable > 0 || found.accepted == 0 {
		return fmt.Errorf("not all is accepted, or nothing is there")
	}
	return nil
}

func (c *counts) add(engine Engine, path string, out io.Writer) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	c.files++
	objects, err := validate(engine, string(text))
	if err != nil {
		c.unreadable++
		fmt.Fprintf(out, "%s: %v\n", path, err)
	}
	for _, object := range objects {
		switch {
		case !object.Judged:
			c.unjudged[object.Kind]++
		case object.Accepted:
			c.accepted++
			c.kinds[object.Kind]++
		default:
			c.refused++
			fmt.Fprintf(out, "%s: %s `%s`: %s\n", path, object.Kind, object.Name, object.Error)
		}
	}
	return nil
}

func say(out io.Writer, what string, kinds map[string]int) {
	var names []string
	for name := range kinds {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(out, "  %s: %d %s\n", what, kinds[name], name)
	}
}
