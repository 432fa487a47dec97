package main

import (
	"math/rand/v2"
	"testing"
)

// drawn are times around a mean.
func drawn(n int, mean float64, chance *rand.Rand) []float64 {
	times := make([]float64, n)
	for i := range times {
		times[i] = mean + 20*chance.NormFloat64()
	}
	return times
}

func TestWhatIsAlikeCannotBeToldApart(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	c := compare(drawn(2000, 300, chance), drawn(2000, 300, chance), chance)
	if c.Low > 0.5 || c.High < 0.5 || c.High-c.Low > 0.05 || c.Tells != 0 {
		t.Errorf("got %+v, want an AUC of 0.5 within a narrow interval", c)
	}
}

func TestWhatTakesLongerIsToldApart(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	// Half a standard deviation: the AUC is Φ(0.5/√2) = 0.638, and means of n requests
	// are √n/2 of their deviations apart, which is 2 · 1.645 from n = 43.3 on.
	c := compare(drawn(4000, 310, chance), drawn(4000, 300, chance), chance)
	if c.AUC < 0.62 || c.AUC > 0.656 || c.Low > c.AUC || c.High < c.AUC || c.Tells < 33 || c.Tells > 60 {
		t.Errorf("got %+v, want an AUC of 0.638 and some 44 requests", c)
	}
	if c.Known.Median < 309 || c.Known.Median > 311 || c.Known.P90 < 333 || c.Known.P90 > 338 {
		t.Errorf("got %+v, want a median of 310 and a p90 of 335.6", c.Known)
	}
}

func TestTimesThatAreEqualCountHalf(t *testing.T) {
	for _, tc := range []struct {
		known, unknown []float64
		want           float64
	}{
		{[]float64{1, 1}, []float64{1, 1}, 0.5},
		{[]float64{2, 3}, []float64{1, 1}, 1},
		{[]float64{1}, []float64{2}, 0},
		{[]float64{1, 2}, []float64{1, 2}, 0.5},
	} {
		if got := areaUnderCurve(tc.known, tc.unknown); got != tc.want {
			t.Errorf("%v against %v: got %v, want %v", tc.known, tc.unknown, got, tc.want)
		}
	}
}
