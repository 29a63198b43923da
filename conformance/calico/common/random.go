// Random policy sets from a seed, each also without one of its parts, and requests to them.
package common

import (
	"fmt"
	"math/rand"
	"strings"
)

const (
	// requestsOfEach is how many requests are asked of one random policy set.
	requestsOfEach = 40
	// removals is how many parts are taken out of a set, one at a time.
	removals = 3
	// tries is how many sets are looked at for one with the part that is wanted.
	tries = 1500
	// attempts is how many such sets are asked for one where the part turns `enough` verdicts.
	attempts, enough = 9, 16
	// pool is how many requests are tried for each set. Of those that the wanted part turns at most
	// `kept` are taken first.
	pool, kept = 120, 32
)

// sampler makes policy sets that this version accepts. After each set it comes without some of its
// parts: first of all one that turned few verdicts so far. Sets are looked for where it turns some.
type sampler struct {
	scene
	engine   Engine
	header   Header
	coverage *coverage
}

// Random asks about COUNT policy sets, the same for the same seed and version.
func Random(engine Engine, seed int64, count int, reading string) ([]Line, *coverage, error) {
	scene := scene{dice{rand.New(rand.NewSource(seed))}, engine.Kinds, engine.evaluator(), reading}
	sampler := sampler{scene, engine, header(engine, ""), newCoverage(engine.Version, reading)}
	var lines []Line
	for number := 0; len(lines) < count; number++ {
		found, err := sampler.family(fmt.Sprintf("seed %d, set %d", seed, number))
		if err != nil {
			return nil, nil, err
		}
		found = found[:min(len(found), count-len(lines))]
		for _, line := range found[1:] {
			sampler.coverage.count(line.Without, found[0].Decided, line.Decided)
		}
		lines = append(lines, found...)
	}
	return lines, sampler.coverage, nil
}

// family is a set, and the same without parts of it.
func (s sampler) family(name string) ([]Line, error) {
	wanted := s.coverage.least()
	for attempt := 1; ; attempt++ {
		objects, err := s.wanted(wanted)
		if err != nil {
			return nil, err
		}
		whole := Line{Name: name, Reading: s.reading}
		for index := 0; index < pool; index++ {
			whole.Ask = append(whole.Ask, s.request())
		}
		if asksForAccounts(objects) {
			whole.Accounts = s.accounts()
		}
		if err := whole.fill(s.engine, s.header, objects); err != nil {
			return nil, err
		}
		lacking, err := s.takenOut(whole, objects, wanted, 1)
		if err != nil {
			return nil, err
		}
		found := len(lacking) > 0
		if attempt < attempts && (!found || turned(whole.Decided, lacking[0].Decided) < enough) {
			continue
		}
		taken := spread(len(whole.Ask))
		if found {
			taken = telling(whole.Decided, lacking[0].Decided)
		}
		whole.keep(taken)
		lacking, err = s.takenOut(whole, objects, wanted, removals)
		return append([]Line{whole}, lacking...), err
	}
}

// spread are the first requests of a pool.
func spread(size int) []int {
	var places []int
	for place := 0; place < min(size, requestsOfEach); place++ {
		places = append(places, place)
	}
	return places
}

// telling are requests of a pool, with some of those first that are decided in two ways.
func telling(one, other string) []int {
	var places, rest []int
	for place := range one {
		if one[place] != other[place] && len(places) < kept {
			places = append(places, place)
		} else {
			rest = append(rest, place)
		}
	}
	return append(places, rest[:requestsOfEach-len(places)]...)
}

// keep leaves a line the requests at some places.
func (l *Line) keep(places []int) {
	pick := func(signs string) string {
		var picked []byte
		for _, place := range places {
			if signs != "" {
				picked = append(picked, signs[place])
			}
		}
		return string(picked)
	}
	var ask []string
	for _, place := range places {
		ask = append(ask, l.Ask[place])
	}
	l.Ask, l.Decided = ask, pick(l.Decided)
	l.SubjectUnknown, l.AccountsUnknown = pick(l.SubjectUnknown), pick(l.AccountsUnknown)
}

// fill has a line decided.
func (l *Line) fill(engine Engine, header Header, objects map[string]any) (err error) {
	if l.Objects, err = text(objects); err != nil {
		return err
	}
	if l.Decided, err = l.decide(engine, header); err != nil {
		return err
	}
	if asksForAccounts(objects) {
		return l.askWithout(engine, header)
	}
	return nil
}

// wanted is a set that is accepted and has a part.
func (s sampler) wanted(label string) (map[string]any, error) {
	for try := 0; try < tries; try++ {
		objects := s.random()
		if !s.holds(objects, label) {
			continue
		}
		accepted, err := accepts(s.engine, objects)
		if err != nil {
			return nil, err
		}
		if accepted {
			return objects, nil
		}
	}
	return nil, fmt.Errorf("of %d random policy sets none with `%s` is accepted", tries, label)
}

// random is a set of the kinds of a reading.
func (s sampler) random() map[string]any {
	if s.reading == kubernetesReading {
		return s.networkPolicies()
	}
	return s.objects()
}

// parts are what can be taken out of such a set.
func (s sampler) parts(objects map[string]any) []part {
	if s.reading == kubernetesReading {
		return partsOfNetworkPolicies(objects)
	}
	return partsOf(objects)
}

// holds says whether a set has a part; every set has the part without a name.
func (s sampler) holds(objects map[string]any, label string) bool {
	for _, part := range s.parts(objects) {
		if part.label == label {
			return true
		}
	}
	return label == ""
}

func accepts(engine Engine, objects map[string]any) (bool, error) {
	text, err := text(objects)
	if err != nil {
		return false, err
	}
	judged, err := validate(engine, text)
	for _, object := range judged {
		if !object.Accepted {
			return false, err
		}
	}
	return true, err
}

// takenOut are sets that lack a part of one: the part that is wanted first, then those in need.
func (s sampler) takenOut(whole Line, objects map[string]any, wanted string, most int) ([]Line, error) {
	var lines []Line
	for _, part := range s.coverage.inNeed(s.parts(objects), wanted) {
		left := without(objects, part)
		accepted, err := accepts(s.engine, left)
		if err != nil {
			return nil, err
		}
		if !accepted {
			continue
		}
		line := whole
		line.Name = fmt.Sprintf("%s.%d", whole.Name, len(lines)+1)
		line.Of, line.Without = whole.Name, part.label
		line.SubjectUnknown, line.AccountsUnknown = "", ""
		if err := line.fill(s.engine, s.header, left); err != nil {
			return nil, err
		}
		lines = append(lines, line)
		if len(lines) == most {
			break
		}
	}
	return lines, nil
}

// text is a set of objects as YAML documents, sorted.
func text(objects map[string]any) (string, error) {
	var documents []string
	for _, name := range sortedKeys(objects) {
		text, err := document(name, objects[name])
		if err != nil {
			return "", fmt.Errorf("object `%s`: %w", name, err)
		}
		documents = append(documents, text)
	}
	return strings.Join(documents, "---\n"), nil
}
