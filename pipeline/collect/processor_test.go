//go:build unix

package collect

import (
	"syscall"
	"time"
)

// processorTime is what this process has used so far, of all its goroutines:
// unlike the time on the wall it does not grow with what else a machine does.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
