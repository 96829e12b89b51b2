package pipeline

import (
	"context"
	"time"

	"github.com/pullquote/pullquote/pipeline/issue"
)

// SourceState is one feed of sources/ with what is known of it.
type SourceState struct {
	Name    string    `json:"name"`
	Feed    string    `json:"feed"`
	Site    string    `json:"site,omitempty"`
	About   string    `json:"about,omitempty"`
	Group   string    `json:"group,omitempty"`
	Off     bool      `json:"off,omitempty"`
	Address string    `json:"address,omitempty"` // where it is asked, when it moved
	Asked   time.Time `json:"asked,omitzero"`
	Good    time.Time `json:"good,omitzero"`
	Due     time.Time `json:"due,omitzero"`
	Gone    bool      `json:"gone,omitempty"`
	Fails   int       `json:"fails,omitempty"` // in a row
	Error   string    `json:"error,omitempty"`
	Entries int       `json:"entries"` // stories that came of it
	Month   int       `json:"month"`   // of these, in the last 30 days
	Picked  int       `json:"picked"`  // of these
}

// StateWord says in one word how a source does.
func (s SourceState) StateWord() string {
	switch {
	case s.Off:
		return "off"
	case s.Gone:
		return "gone"
	case s.Asked.IsZero():
		return "new"
	case s.Error != "":
		return "failing"
	case s.Address != "" && s.Address != s.Feed:
		return "moved"
	}
	return "ok"
}

// Sources lists the feeds of sources/, in their order, with what is known of each.
func (p *Pipeline) Sources(ctx context.Context) ([]SourceState, []issue.Problem, error) {
	sources, slips := p.ReadSources()
	box, err := p.openInbox(ctx)
	if err != nil {
		return nil, slips, err
	}
	states, err := box.States(ctx)
	if err != nil {
		return nil, slips, err
	}
	yields, err := box.Yields(ctx)
	if err != nil {
		return nil, slips, err
	}
	var out []SourceState
	for _, s := range sources.Feeds {
		st, y := states[s.Feed], yields[s.Name]
		row := SourceState{
			Name: s.Name, Feed: s.Feed, Site: s.Site, About: s.About, Group: s.Group, Off: s.Off,
			Asked: st.Asked, Good: st.Good, Due: st.Due, Gone: st.Gone, Fails: st.Failures, Error: st.Error,
			Entries: y.Entries, Month: y.Month, Picked: y.Picked,
		}
		if st.Address != s.Feed {
			row.Address = st.Address
		}
		out = append(out, row)
	}
	return out, slips, nil
}
