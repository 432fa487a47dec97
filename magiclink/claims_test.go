package magiclink

import (
	"testing"

	"latchkey/internal/problem"
	"latchkey/models"
)

func TestABadClaimCostsNothingWithoutASessionEither(t *testing.T) {
	eachWorld(t, func(w *world) {
		f := w.start()
		w.refuses(problem.ReservedClaims, f, func(r *RedeemRequest) { r.Claims = models.Object{"session": 1} })
		w.redeem(f)
	})
}
