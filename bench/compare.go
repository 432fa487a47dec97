package main

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/integrate"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// comparison says how well two kinds of request can be told apart by how long they take.
type comparison struct {
	Known   spread  `json:"known"`
	Unknown spread  `json:"unknown"`
	Ratio   float64 `json:"ratio"` // of the medians, known to unknown
	// AUC is how often a request of a known address takes longer than one of an unknown
	// address, of all pairs: 0.5 is as often as not, and tells nothing. It is the
	// Mann-Whitney U divided by the number of pairs.
	AUC float64 `json:"auc"`
	// Low and High are what 95 of 100 such measurements would lie between (bootstrap).
	Low  float64 `json:"auc_low"`
	High float64 `json:"auc_high"`
	// Tells is after how many requests for one address somebody knows with 95 of 100,
	// if nothing but chance disturbs them; 0 where 0.5 lies between Low and High.
	Tells int `json:"tells_after"`
}

// spread is in microseconds.
type spread struct {
	Median float64 `json:"median_us"`
	P90    float64 `json:"p90_us"`
}

// resamples is how often the measurement is drawn again from itself.
const resamples = 1000

// compare takes times in microseconds, and sorts them.
func compare(known, unknown []float64, chance *rand.Rand) comparison {
	slices.Sort(known)
	slices.Sort(unknown)
	c := comparison{Known: spreadOf(known), Unknown: spreadOf(unknown), AUC: areaUnderCurve(known, unknown)}
	c.Ratio = c.Known.Median / c.Unknown.Median
	areas := make([]float64, resamples)
	for i := range areas {
		areas[i] = areaUnderCurve(resample(known, chance), resample(unknown, chance))
	}
	slices.Sort(areas)
	c.Low, c.High = stat.Quantile(0.025, stat.Empirical, areas, nil), stat.Quantile(0.975, stat.Empirical, areas, nil)
	if c.Low > 0.5 || c.High < 0.5 {
		c.Tells = requestsToTell(c.AUC)
	}
	return c
}

func spreadOf(sorted []float64) spread {
	return spread{
		Median: stat.Quantile(0.5, stat.Empirical, sorted, nil),
		P90:    stat.Quantile(0.9, stat.Empirical, sorted, nil),
	}
}

// resample draws as many again, with replacement.
func resample(from []float64, chance *rand.Rand) []float64 {
	drawn := make([]float64, len(from))
	for i := range drawn {
		drawn[i] = from[chance.IntN(len(from))]
	}
	return drawn
}

// areaUnderCurve is that of the receiver operating characteristic of who says "known" of
// whatever takes longer than some limit.
func areaUnderCurve(known, unknown []float64) float64 {
	times := append(slices.Clone(known), unknown...)
	isKnown := make([]bool, len(times))
	for i := range known {
		isKnown[i] = true
	}
	stat.SortWeightedLabeled(times, isKnown, nil)
	rightly, wrongly, _ := stat.ROC(nil, times, isKnown, nil)
	return integrate.Trapezoidal(wrongly, rightly)
}

// requestsToTell is for somebody who asks about one address so many times and takes the
// mean, which narrows with the root of their number.
func requestsToTell(area float64) int {
	normal := distuv.UnitNormal
	apart := math.Sqrt2 * math.Abs(normal.Quantile(area)) // in standard deviations of one request
	return int(math.Ceil(math.Pow(2*normal.Quantile(0.95)/apart, 2)))
}
