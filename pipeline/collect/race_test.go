//go:build race

package collect

// raceEnabled: the race detector makes everything ten times slower.
const raceEnabled = true
