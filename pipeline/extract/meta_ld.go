package extract

// This file reads JSON-LD (https://www.w3.org/TR/json-ld11/) as pages use it
// for schema.org: which node is the article, and who is named where.

import (
	"encoding/json"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// linkedData keeps the first node of an article type.
func (s *statements) linkedData(raw string) (read bool) {
	if len(raw) > maxLD {
		return false
	}
	raw = strings.Map(func(r rune) rune { // line ends inside of strings are common and wrong
		if r < ' ' {
			return ' '
		}
		return r
	}, strings.TrimSpace(raw))
	raw = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(raw, "<!--"), "//<![CDATA["), "-->"), "//]]>")
	var value any
	if err := json.NewDecoder(strings.NewReader(raw)).Decode(&value); err != nil {
		return false
	}
	var article map[string]any
	nodes := 0
	var visit func(v any, depth int)
	visit = func(v any, depth int) {
		if nodes++; nodes > maxLDNodes || depth > 12 {
			return
		}
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				visit(x, depth+1)
			}
		case map[string]any:
			if id, ok := v["@id"].(string); ok {
				if name, ok := v["name"].(string); ok && s.names[id] == "" && len(s.names) < maxLDNodes {
					s.names[id] = name // authors are often references
				}
			}
			types := asStrings(v["@type"])
			for _, t := range types {
				if t == "WebSite" && s.website == "" {
					s.website, _ = v["name"].(string)
				}
				if articleType().MatchString(t) && article == nil {
					article = v
				}
				if pageType().MatchString(t) && s.pageNode == nil && (v["datePublished"] != nil || v["author"] != nil) {
					s.pageNode = v
				}
			}
			keys := make([]string, 0, len(v))
			for k := range v {
				keys = append(keys, k)
			}
			slices.Sort(keys)
			for _, k := range keys {
				if k != "comment" && k != "review" {
					visit(v[k], depth+1)
				}
			}
		}
	}
	visit(value, 0)
	if article != nil && s.article == nil {
		s.article = article
	}
	return true
}

var pageType = pattern(`^(?:https?://schema.org/)?(?:WebPage|ItemPage|AboutPage|Question|Recipe|HowTo|CreativeWork|Review|VideoObject|PodcastEpisode)$`)

var articleType = pattern(`^(?:https?://schema.org/)?(?:[A-Za-z]*Article|BlogPosting|Report|TechArticle|LiveBlogPosting|SocialMediaPosting|DiscussionForumPosting|AnalysisNewsArticle)$`)

func asStrings(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, x := range v {
			if t, ok := x.(string); ok {
				out = append(out, t)
			}
		}
		return out
	}
	return nil
}

func (s *statements) ld(key string) string {
	for _, v := range asStrings(s.article[key]) {
		if v = cutRunes(oneLine(html.UnescapeString(v)), maxMetaText); v != "" {
			return v
		}
	}
	return ""
}

// ldNames reads the names of people or organisations below key.
func (s *statements) ldNames(key string) []string {
	return s.namesIn(s.article[key])
}

func (s *statements) namesIn(value any) []string {
	var out []string
	var read func(v any)
	read = func(v any) {
		if len(out) >= 4*maxAuthors {
			return
		}
		switch v := v.(type) {
		case string:
			out = append(out, v)
		case []any:
			for _, x := range v {
				read(x)
			}
		case map[string]any:
			switch name := v["name"].(type) {
			case string:
				out = append(out, name)
				if slices.ContainsFunc(asStrings(v["@type"]), func(t string) bool {
					return strings.HasSuffix(t, "Organization") || t == "WebSite" || t == "Corporation"
				}) && len(s.houses) < maxLDNodes {
					s.houses[oneLine(html.UnescapeString(name))] = true
				}
			case []any:
				read(name)
			default:
				if id, ok := v["@id"].(string); ok && s.names[id] != "" {
					out = append(out, s.names[id])
				}
			}
		}
	}
	read(value)
	for i := range out {
		out[i] = oneLine(html.UnescapeString(out[i]))
	}
	return out
}

// notForFree tells whether a node, or a part of it, is said to be behind a
// paywall (https://developers.google.com/search/docs/appearance/structured-data/paywalled-content).
func notForFree(node map[string]any) bool {
	no := func(v any) bool {
		switch v := v.(type) {
		case bool:
			return !v
		case string: // "False", "http://schema.org/False"
			return strings.EqualFold(v[strings.LastIndexByte(v, '/')+1:], "false")
		}
		return false
	}
	if no(node["isAccessibleForFree"]) {
		return true
	}
	parts, ok := node["hasPart"].([]any)
	if !ok {
		parts = []any{node["hasPart"]}
	}
	for _, p := range parts {
		if part, ok := p.(map[string]any); ok && no(part["isAccessibleForFree"]) {
			return true
		}
	}
	return false
}

// addressesIn are the addresses of pictures: a string, an ImageObject, or a list of them.
func addressesIn(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		if len(v) > 0 {
			return addressesIn(v[0])
		}
	case map[string]any:
		for _, key := range []string{"url", "contentUrl", "@id"} {
			if u, ok := v[key].(string); ok {
				return []string{u}
			}
		}
	}
	return nil
}
