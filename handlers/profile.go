package handlers

import (
	"latchkey/handlers/wire"
	"latchkey/models"
	"latchkey/profile"
)

// profileRequest is what a request may say of a person, new or known.
type profileRequest struct {
	Name              wire.NameChanges `json:"name"`
	TrustedMetadata   models.Object    `json:"trusted_metadata"`
	UntrustedMetadata models.Object    `json:"untrusted_metadata"`
}

func (r profileRequest) toDomain() profile.Changes {
	return profile.Changes{
		FirstName: r.Name.FirstName, MiddleName: r.Name.MiddleName, LastName: r.Name.LastName,
		TrustedMetadata: r.TrustedMetadata, UntrustedMetadata: r.UntrustedMetadata,
	}
}
