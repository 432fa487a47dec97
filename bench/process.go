package main

import (
	"time"

	"github.com/prometheus/procfs"
)

// usage is what a process has used, as /proc tells.
type usage struct {
	cpu         time.Duration // since it began
	resident    int64         // in bytes, now
	own         int64         // of that, what lies in no file
	peak        int64         // the most that was ever resident
	descriptors int
	threads     int
}

func usageOf(pid int) (u usage, err error) {
	process, err := procfs.NewProc(pid)
	if err != nil {
		return u, err
	}
	stat, err := process.Stat()
	if err != nil {
		return u, err
	}
	status, err := process.NewStatus()
	if err != nil {
		return u, err
	}
	u = usage{
		cpu:      time.Duration(stat.CPUTime() * float64(time.Second)),
		resident: int64(status.VmRSS), own: int64(status.RssAnon), peak: int64(status.VmHWM), threads: stat.NumThreads,
	}
	u.descriptors, err = process.FileDescriptorsLen()
	return u, err
}
