package templates

import (
	"fmt"
	"strings"
	"time"
)

// moment is what a message about a time is made of. All of it is in UTC, which the
// messages say: nobody knows the reader's zone.
type moment struct {
	Clock string // "14:05"
	Hour  int
	Day   int
	Month string // in the language
	Year  int
}

func (l *lexicon) tell(id string, t time.Time) (string, error) {
	t = t.UTC()
	month, err := l.say("when."+strings.ToLower(t.Month().String()), struct{}{})
	if err != nil {
		return "", err
	}
	return l.say(id, moment{Clock: t.Format("15:04"), Hour: t.Hour(), Day: t.Day(), Month: month, Year: t.Year()})
}

// clock is a time of day: "14:05 UTC".
func (l *lexicon) clock(t time.Time) (string, error) { return l.tell("when.clock", t) }

// date is a day with its time: "5 March 2026, 14:05 UTC".
func (l *lexicon) date(t time.Time) (string, error) { return l.tell("when.date", t) }

// until says how long something goes on from then: "until 14:20 UTC", with the day if
// that is another.
func (l *lexicon) until(from, end time.Time) (string, error) {
	if from.UTC().Format(time.DateOnly) == end.UTC().Format(time.DateOnly) {
		return l.tell("when.until", end)
	}
	return l.tell("when.until_day", end)
}

// units are those that a link's life is told in, the longest first.
var units = []struct {
	message string
	length  time.Duration
}{{"life.days", 24 * time.Hour}, {"life.hours", time.Hour}, {"life.minutes", time.Minute}}

// lifetime says how long in the largest unit that comes out even: "15 minutes".
func (l *lexicon) lifetime(d time.Duration) (string, error) {
	for _, unit := range units {
		if d >= unit.length && d%unit.length == 0 {
			return l.count(unit.message, int(d/unit.length))
		}
	}
	return l.count("life.minutes", int(d/time.Minute))
}

// tryMoments tells every month, hour and number once: a language that was added may
// lack a plural form that English does not have.
func (l *lexicon) tryMoments() error {
	// In steps of 155 hours every month and every hour come up.
	t := time.Date(2026, 1, 1, 0, 5, 0, 0, time.UTC)
	for n := range 120 {
		t = t.Add(155 * time.Hour)
		for _, message := range []string{"when.clock", "when.date", "when.until", "when.until_day"} {
			if _, err := l.tell(message, t); err != nil {
				return err
			}
		}
		for _, unit := range units {
			if _, err := l.count(unit.message, n); err != nil {
				return fmt.Errorf("%w (%d)", err, n)
			}
		}
	}
	return nil
}
