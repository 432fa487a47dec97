package main

import (
	"testing"
	"time"

	"latchkey/models"
)

// A mail without a link goes by its own reference: that is what its footer and the log say.
func TestAMailWithoutALinkIsListedByItsOwnReference(t *testing.T) {
	id := models.NewID(time.Now())
	if got := newQueueMail(models.QueuedMail{ID: id, Template: "no_account"}, ""); got.Reference != id.Reference() {
		t.Errorf("got %s, want %s", got.Reference, id.Reference())
	}
}
