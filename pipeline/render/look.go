package render

// This file turns `look` of pullquote.yaml into a few lines of style sheet.

import (
	"fmt"
	"io/fs"
	"strings"
)

var (
	hexColour = pattern(`^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$`)
	fontNames = pattern(`^[A-Za-z0-9 ,"'-]{1,200}$`)
	logoName  = pattern(`^[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*$`)
)

// css gives what is laid over style.css. Nothing but colours and names of
// fonts gets into it, so that a value can't become a rule.
func (l Look) css(templates fs.FS) (string, error) {
	light, err := l.Light.css("light")
	if err != nil {
		return "", err
	}
	dark, err := l.Dark.css("dark")
	if err != nil {
		return "", err
	}
	if l.Logo != "" {
		if _, err := fs.Stat(templates, "site/"+l.Logo); err != nil || !logoName().MatchString(l.Logo) {
			return "", fmt.Errorf("look: there is no logo at templates/site/%s", l.Logo)
		}
	}
	var b strings.Builder
	if l.Font != "" {
		if !fontNames().MatchString(l.Font) {
			return "", fmt.Errorf("look: font %q is no list of font names", l.Font)
		}
		b.WriteString("\n:root{--serif:" + l.Font + "}")
	}
	// Each in its scheme: a light colour must not win over the template's own
	// dark one.
	if light != "" {
		b.WriteString("\n@media screen and (prefers-color-scheme: light){:root{" + light + "}}")
	}
	if dark != "" {
		b.WriteString("\n@media screen and (prefers-color-scheme: dark){:root{" + dark + "}}")
	}
	return b.String(), nil
}

func (c Colours) css(scheme string) (string, error) {
	var b strings.Builder
	for _, colour := range []struct{ name, value string }{
		{"paper", c.Paper}, {"ink", c.Ink}, {"soft", c.Soft}, {"muted", c.Muted}, {"line", c.Line}, {"tint", c.Tint}, {"accent", c.Accent},
	} {
		if colour.value == "" {
			continue
		}
		if !hexColour().MatchString(colour.value) {
			return "", fmt.Errorf("look: %s %s %q is no colour like #0d6151", scheme, colour.name, colour.value)
		}
		b.WriteString("--" + colour.name + ":" + colour.value + ";")
		if colour.name == "paper" {
			b.WriteString("--accent-ink:" + colour.value + ";")
		}
	}
	return b.String(), nil
}

// theme gives the colours of the browser's frame: those of the paper.
func (l Look) theme() Theme {
	t := Theme{Light: "#fbfaf6", Dark: "#151a1a"}
	if hexColour().MatchString(l.Light.Paper) {
		t.Light = l.Light.Paper
	}
	if hexColour().MatchString(l.Dark.Paper) {
		t.Dark = l.Dark.Paper
	}
	return t
}
