package doctor

import (
	"fmt"
	"time"
)

// maxSkew: a session JWT counts from the second it is made (nbf), and verifiers
// commonly allow for half a minute; a mail is claimed for about as long.
const maxSkew = 30 * time.Second

// compareClocks holds this machine's clock against another. Call it right after
// the other told the time.
func (d *Doctor) compareClocks(s sheet, aspect, whose string, theirs time.Time) {
	skew := d.Now().Sub(theirs).Round(time.Second)
	if skew.Abs() <= maxSkew {
		s.ok(aspect, "within "+maxSkew.String()+" of "+whose)
		return
	}
	direction := "ahead of"
	if skew < 0 {
		direction = "behind"
	}
	s.fault(aspect, fmt.Sprintf("this machine's clock is %s %s that of %s: session JWTs are refused as not valid yet or as expired", skew.Abs(), direction, whose),
		"set the clocks of both by NTP: timedatectl set-ntp true, or chronyd")
}
