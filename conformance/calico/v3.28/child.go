// Another program, which is told states of a cluster and asked requests.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// child is started when it is first needed. It ends with this program.
type child struct {
	name string
	args []string
	in   *json.Encoder
	out  *json.Decoder
	// last is the state that it was told last.
	last struct {
		state *state
		of    string
	}
}

// tell says a state, as it is to one pod (or to all), unless it is the last that was said.
func (c *child) tell(state *state, of string, line any) error {
	if c.last.state == state && c.last.of == of {
		return nil
	}
	if err := c.say(line); err != nil {
		return err
	}
	c.last.state, c.last.of = state, of
	return nil
}

func (c *child) ask(line, answer any) error {
	if err := c.say(line); err != nil {
		return err
	}
	if err := c.out.Decode(answer); err != nil {
		return fmt.Errorf("the answer of %s: %w", c.name, err)
	}
	return nil
}

func (c *child) say(line any) error {
	if c.in == nil {
		if err := c.start(); err != nil {
			return fmt.Errorf("`build` makes %s: %w", c.name, err)
		}
	}
	return c.in.Encode(line)
}

// start looks in the folder that UNMESH_CALICO_BIN names, or that of this program.
func (c *child) start() error {
	folder := os.Getenv("UNMESH_CALICO_BIN")
	if folder == "" {
		own, err := os.Executable()
		if err != nil {
			return err
		}
		folder = filepath.Dir(own)
	}
	command := exec.Command(filepath.Join(folder, c.name), c.args...)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		return err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	c.in, c.out = json.NewEncoder(in), json.NewDecoder(out)
	return nil
}
