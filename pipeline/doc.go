// Package pipeline is the machine: feeds and links go in, a numbered newsletter
// issue comes out, and in between a person decides.
//
// The rooms below this folder stand in the order of the work, which is also the
// order of the alphabet:
//
//	collect   sources -> entries and raw pages     reads from the network
//	extract   page -> article -> quotes            pure
//	inbox     what waits for the editor            SQL
//	issue     the Markdown issue                   knows Markdown
//	render    issues -> site, feeds, email         pure
//	send      rendered email -> people             SMTP and mailing services
//
// Read pipeline.go first: reading and rendering, a method of Pipeline a stage.
// Reading (collect, extract, inbox) and publishing (issue, render, send) meet in
// two files only: draft.go, where picks become items, and check.go, where what
// was quoted is held against what was read. Their rules are pure; the methods
// beside them (Draft, Check) read and write. evidence.go publishes, sending.go
// sends, workspace.go knows where things lie.
//
// A newcomer's tour: run `go run ./cmd/pullquote demo`, then read Collect
// (pipeline.go), Draft (draft.go), Check (check.go), Publish (evidence.go) and
// Render (pipeline.go), each of which the demo has just run.
package pipeline
