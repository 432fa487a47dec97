package problem

import (
	"net/http"
	"slices"
)

// catalogue is filled by define while the package's variables are made, and only
// read from then on.
var catalogue []*Problem

func define(kind string, status int, message string) *Problem {
	return defineStep("", kind, status, message)
}

// defineStep is define for what a person can be stuck at, or a program on their behalf.
func defineStep(next Step, kind string, status int, message string) *Problem {
	p := &Problem{Type: kind, Status: status, Message: message, Next: next}
	catalogue = append(catalogue, p)
	return p
}

// All lists the catalogue in the order of this file.
func All() []*Problem { return slices.Clone(catalogue) }

// Requests that cannot be read.
var (
	BadRequest = define("bad_request", http.StatusBadRequest,
		"The request could not be read. The body must be one JSON object in UTF-8, with no name twice and nothing after it.")
	InvalidMember = define("invalid_member_type", http.StatusBadRequest,
		"A member of the body has the wrong JSON type. error_details.member names it.")
	MissingMember = define("missing_member", http.StatusBadRequest,
		"A member of the body, or of the query, is missing. error_details.member names it.")
	UnsupportedMediaType = define("unsupported_media_type", http.StatusUnsupportedMediaType,
		"Send the body as Content-Type: application/json.")
	BodyTooLarge = define("body_too_large", http.StatusRequestEntityTooLarge,
		"The request body is larger than this endpoint takes.")
	RouteNotFound = define("route_not_found", http.StatusNotFound,
		"There is no such endpoint. Check the path.")
	MethodNotAllowed = define("method_not_allowed", http.StatusMethodNotAllowed,
		"This endpoint does not take this method. The Allow header lists the ones it does.")
)

// Who is calling.
var (
	UnauthorizedCredentials = define("unauthorized_credentials", http.StatusUnauthorized,
		"Send the project's id and one of its secrets by HTTP Basic authentication; under /sdk/v1, its public token. What came is missing or not right.")
	PublicTokenNotFound = define("public_token_not_found", http.StatusNotFound,
		"There is no project of this public token here.")
	BadDomain = define("bad_domain_for_stytch_sdk", http.StatusBadRequest,
		"The project does not list this page's origin in allowed_origins; apps that name none need native_apps.")
	ProjectNotFound = define("project_not_found", http.StatusNotFound,
		"There is no project of this id here.")
)

// Asking for a link.
var (
	InvalidEmail = defineStep(UseAnotherAddress, "invalid_email", http.StatusBadRequest,
		"Send one e-mail address, as in name@example.com: ASCII before the @, at most 254 characters, no spaces, display name, quotes or comments.")
	EmailDomainNotAllowed = defineStep(UseAnotherAddress, "email_domain_not_allowed", http.StatusBadRequest,
		"This project takes addresses of certain domains only, and this is none of them.")
	InactiveEmail = defineStep(UseAnotherAddress, "inactive_email", http.StatusBadRequest,
		"Mail to this address came back three times because nobody is there, so none is sent any more. The operator lifts that: latchkey mail suppressions lift ADDRESS.")
	ExpectedCodeChallenge = define("pkce_expected_code_challenge", http.StatusBadRequest,
		"PKCE is required here: send the code_challenge of a code_verifier that you keep.")
	InvalidCodeChallengeMethod = define("invalid_pkce_code_challenge_method", http.StatusBadRequest,
		"The only code_challenge_method is S256. Leave it out or send S256.")
	InvalidCodeChallenge = define("invalid_pkce_code_challenge", http.StatusBadRequest,
		"A code_challenge is the SHA-256 of the code_verifier in unpadded base64url: 43 characters.")
	RequiredForNativeCallback = define("pkce_required_for_native_callback", http.StatusBadRequest,
		"A redirect to an app's own scheme needs a code_challenge: another app may have registered the same scheme.")
	NoMatchForRedirectURL = define("no_match_for_provided_magic_link_url", http.StatusBadRequest,
		"The redirect URL matches none of the project's for this type of link. They are compared exactly: add it to redirect_urls; `latchkey redirect test` says in what the nearest differs.")
	InvalidRedirectURL = define("invalid_magic_link_url", http.StatusBadRequest,
		"The redirect URL is not an absolute URL that a link may lead to.")
	NoLoginRedirectURLs = define("no_login_redirect_urls_set", http.StatusBadRequest,
		"The project has no redirect URL for login links: add one to its redirect_urls.")
	NoSignupRedirectURLs = define("no_signup_redirect_urls_set", http.StatusBadRequest,
		"The project has no redirect URL for sign-up links: add one to its redirect_urls.")
	NoInviteRedirectURLs = define("no_invite_redirect_urls_set", http.StatusBadRequest,
		"The project has no redirect URL for invites: add one to its redirect_urls.")
	NoDefaultLoginRedirectURL = define("no_default_login_redirect_url_set", http.StatusBadRequest,
		"Send a redirect_url: the project has no default for login links.")
	NoDefaultSignupRedirectURL = define("no_default_signup_redirect_url_set", http.StatusBadRequest,
		"Send a redirect_url: the project has no default for sign-up links.")
	NoDefaultInviteRedirectURL = define("no_default_invite_redirect_url_set", http.StatusBadRequest,
		"Send a redirect_url: the project has no default for invites.")
	InvalidExpiration = define("invalid_expiration", http.StatusBadRequest,
		"A link's life is 5 to 10080 minutes.")
	InvalidAttributes = define("invalid_attributes", http.StatusBadRequest,
		"attributes.ip_address must be an IP address and attributes.user_agent at most 1024 bytes without line breaks.")
)

// Whom a link is for, and in which words.
var (
	EmailNotFound = define("email_not_found", http.StatusNotFound,
		"Nobody of this project has this address.")
	UserNotFound = define("user_not_found", http.StatusNotFound,
		"This project has no user of this id.")
	DuplicateEmail = define("duplicate_email", http.StatusBadRequest,
		"Somebody of this project has this address already.")
	TooManyUnverifiedFactors = define("too_many_unverified_factors", http.StatusBadRequest,
		"Too many addresses of this person wait for their proof. Prove one, or wait five minutes.")
	InvalidLocale = define("invalid_locale", http.StatusBadRequest,
		"locale is en, es, fr, pt-br, or another language that this installation has words in.")
	EmailTemplateNotFound = define("email_template_not_found", http.StatusBadRequest,
		"A template id is login, signup, invite, reset or verify.")
)

// CrossSiteRequest: a page of ours has a form, and another site sent it.
var CrossSiteRequest = defineStep(OpenMailedLink, "cross_site_request", http.StatusForbidden,
	"This button works only on its own page. Open the link from the mail again.")

// Persons.
var (
	InvalidCreateUserRequest = define("invalid_create_user_request", http.StatusBadRequest,
		"Send the email of the user to create.")
	InvalidPhoneNumber = define("invalid_phone_number", http.StatusBadRequest,
		"Users are known by e-mail addresses here: leave phone_number out.")
	InvalidRole = define("invalid_rbac_role_id", http.StatusBadRequest,
		"There are no roles here: leave roles out, and keep your own in trusted_metadata.")
	InvalidName = define("invalid_name", http.StatusBadRequest,
		"Each part of a name is at most 128 characters, without line breaks or other controls. error_details.member names the part.")
	MetadataTooLarge = define("metadata_too_large", http.StatusBadRequest,
		"trusted_metadata and untrusted_metadata are at most 4096 bytes of JSON each. error_details.member names the one.")
	InvalidUserExternalID = define("invalid_user_external_id", http.StatusBadRequest,
		"An external_id is 1 to 128 of A-Z a-z 0-9 . _ | -, and is no user_id or part of a path: not ., .., emails or search.")
	DuplicateUserExternalID = define("duplicate_user_external_id", http.StatusBadRequest,
		"Another user of this project has this external_id.")
	DuplicateEmailForUser = define("duplicate_email_for_user", http.StatusBadRequest,
		"This user has this address already.")
	InvalidUserID = define("invalid_user_id", http.StatusBadRequest,
		"This can be neither a user_id nor an external_id.")
	CannotUpdateTrustedMetadata = define("cannot_update_trusted_metadata", http.StatusUnauthorized,
		"trusted_metadata is set with the project's secret only. Nothing was changed.")
	InvalidEmailID = define("invalid_email_id", http.StatusBadRequest,
		"The email_id is malformed. It is the one that the start, or the user's emails, answered.")
	InvalidExchangeFields = define("invalid_exchange_primary_factor_fields", http.StatusBadRequest,
		"Send the email_address to exchange the user's own for.")
	InvalidExchangeUser = define("invalid_exchange_primary_factor_user", http.StatusBadRequest,
		"This user has more than one address: delete those that are to go, and attach the new one.")
)

// Looking for them.
var (
	SearchInvalidLimit = define("user_search_invalid_limit", http.StatusBadRequest,
		"limit is 1 to 1000; 0 is as if it were left out.")
	SearchInvalidCursor = define("user_search_invalid_cursor", http.StatusBadRequest,
		"The cursor is not one that this project's search answered.")
	SearchInvalidOperator = define("user_search_invalid_operator", http.StatusBadRequest,
		"query.operator is AND or OR.")
	SearchTooManyValues = define("user_search_maximum_filter_value_count_exceeded", http.StatusBadRequest,
		"A query has at most 100 operands with 1000 values in all.")
	SearchMissingFilterName = define("user_search_missing_filter_name", http.StatusBadRequest,
		"An operand has no filter_name.")
	SearchFilterNameMustBeString = define("user_search_filter_name_must_be_string", http.StatusBadRequest,
		"A filter_name is not a string.")
	SearchUnknownFilter = define("user_search_filter_name_not_recognized", http.StatusBadRequest,
		"There is no filter of this name.")
	SearchMissingFilterValue = define("user_search_missing_filter_value", http.StatusBadRequest,
		"An operand has no filter_value. error_details.filter names the filter.")
	SearchExpectedString = define("user_search_expected_string", http.StatusBadRequest,
		"This filter's value is a string. error_details.filter names the filter.")
	SearchExpectedBool = define("user_search_expected_bool", http.StatusBadRequest,
		"This filter's value is true or false. error_details.filter names the filter.")
	SearchExpectedStrings = define("user_search_expected_array_of_string", http.StatusBadRequest,
		"This filter's value is an array of strings. error_details.filter names the filter.")
	SearchExpectedObject = define("user_search_expected_object", http.StatusBadRequest,
		"This filter's value is an object. error_details.filter names the filter.")
	SearchExpectedTimestamp = define("user_search_expected_timestamp", http.StatusBadRequest,
		"This filter's value is a time in the form of RFC 3339. error_details.filter names the filter.")
	SearchMissingGreaterThan = define("user_search_missing_greater_than", http.StatusBadRequest,
		"created_at_between has no greater_than.")
	SearchMissingLessThan = define("user_search_missing_less_than", http.StatusBadRequest,
		"created_at_between has no less_than.")
	SearchInvalidStatus = define("user_search_invalid_status_filter", http.StatusBadRequest,
		"A status is active or pending.")
	SearchEmailTooShort = define("user_search_email_address_fuzzy_too_short", http.StatusBadRequest,
		"email_address_fuzzy is at least 3 characters.")
	SearchNameTooShort = define("user_search_full_name_fuzzy_too_short", http.StatusBadRequest,
		"full_name_fuzzy is at least 3 characters.")
	SearchMixedUserIDs = define("user_search_cannot_mix_internal_and_external_user_ids", http.StatusBadRequest,
		"The values of user_id are all user_ids, or all external_ids.")
)

// Redeeming one.
var (
	MagicLinkNotFound = defineStep(RequestNewLink, "magic_link_not_found", http.StatusNotFound,
		"There is no such magic link. Ask for a new one. A token from an invite's mail opens its page: redeem the one that the button leads on with.")
	UnableToAuthMagicLink = defineStep(RequestNewLink, "unable_to_auth_magic_link", http.StatusUnauthorized,
		"This magic link was already used, revoked, or is too old. Ask for a new one.")
	NotForPublicClients = defineStep(RedeemInBackEnd, "magic_link_not_for_public_clients", http.StatusUnauthorized,
		"This link is redeemed by your back end, with the project's secret. It is still good.")
	ExpectedCodeVerifier = defineStep(OpenWhereAsked, "pkce_expected_code_verifier", http.StatusBadRequest,
		"The login was begun with a code_challenge: send the matching code_verifier. Nothing was spent.")
	InvalidCodeVerifier = defineStep(OpenWhereAsked, "invalid_pkce_code_verifier", http.StatusBadRequest,
		"A code_verifier is 43 to 128 characters of A-Z a-z 0-9 - . _ ~. Nothing was spent.")
	PKCEMismatch = defineStep(OpenWhereAsked, "pkce_mismatch", http.StatusUnauthorized,
		"This code_verifier does not belong to the code_challenge the link was asked for with. The link is still good where it was asked for.")
	AttributeMismatch = defineStep(OpenWhereAsked, "attribute_mismatch", http.StatusUnauthorized,
		"The IP address or user agent is not the one that the start named, and options ask that it is. Nothing was spent.")
	UserUnauthenticated = defineStep(SignIn, "user_unauthenticated", http.StatusUnauthorized,
		"Nobody is signed in here: sign in first, and send the session_token in the place of the password. Nothing was changed.")
	AttachedInSession = defineStep(OpenWhereAsked, "attached_in_another_session", http.StatusUnauthorized,
		"This address was asked for in a session, and is confirmed in that one only: redeem the link with its session_token or session_jwt. Nothing was spent.")
	DidNotExpectCodeVerifier = defineStep(OmitCodeVerifier, "pkce_did_not_expect_code_verifier", http.StatusBadRequest,
		"This link was asked for without a code_challenge: leave the code_verifier out. The link is still good.")
)

// Redeeming its code.
var (
	CodeNotEnabled = defineStep(UseLink, "code_not_enabled", http.StatusBadRequest,
		"This project's mails carry no code. Redeem the link's token.")
	InvalidMethodID = define("invalid_method_id", http.StatusBadRequest,
		"The method_id is malformed. Send the email_id that the start answered, or the email itself.")
	NoCodeArguments = define("no_code_arguments", http.StatusBadRequest,
		"Send either the method_id or the email the code was mailed to, and the code.")
	InvalidCode = defineStep(CheckCode, "invalid_code", http.StatusBadRequest,
		"A code is eight digits.")
	UnableToAuthCode = defineStep(CheckCode, "unable_to_auth_otp_code", http.StatusUnauthorized,
		"This code is wrong, was used, is too old, or was asked for somewhere else. A link that was still good still is.")
	TooManyRequests = defineStep(Wait, "too_many_requests", http.StatusTooManyRequests,
		"Too many attempts. error_details.bucket says at what; Retry-After, for how long.")
)

// Sessions.
var (
	InvalidSessionDuration = define("invalid_session_duration_minutes", http.StatusBadRequest,
		"session_duration_minutes must be 5 to 527040.")
	CustomClaimsTooLarge = define("custom_claims_too_large", http.StatusBadRequest,
		"The custom claims of a session are at most 4096 bytes of JSON, together with those it has already.")
	ReservedClaims = define("reserved_claims_in_custom_claims", http.StatusBadRequest,
		"A custom claim must not be named session or https://stytch.com/session: those are the session's own.")
	NoAuthorizationCheck = define("authorization_check_not_supported", http.StatusBadRequest,
		"Latchkey knows no roles, so it cannot say what a session may do. Leave authorization_check out, and decide that in your app.")
	NoSessionArguments = define("no_session_arguments", http.StatusBadRequest,
		"Send a session_token or a session_jwt.")
	TooManySessionArguments = define("too_many_session_arguments", http.StatusBadRequest,
		"Send only one of session_token and session_jwt, and of user_id where it is taken.")
	NoSessionRevokeArguments = define("no_session_revoke_arguments", http.StatusBadRequest,
		"Send a session_id, a session_token or a session_jwt.")
	TooManySessionRevokeArguments = define("too_many_session_revoke_arguments", http.StatusBadRequest,
		"Send only one of session_id, session_token and session_jwt.")
	InvalidSessionToken = define("invalid_session_token", http.StatusBadRequest,
		"The session_token is malformed. It is the one that the redemption answered last.")
	InvalidSessionID = define("invalid_session_id", http.StatusBadRequest,
		"The session_id is malformed. It is the one that the redemption answered in session.")
	InvalidSessionJWT = define("unable_to_parse_session_jwt", http.StatusBadRequest,
		"The session_jwt is not one that this project issued.")
	SessionNotFound = defineStep(SignIn, "session_not_found", http.StatusNotFound,
		"There is no such session, or it has ended.")
	SessionTokenReplaced = define("session_token_replaced", http.StatusConflict,
		"The session goes on with another session_token, which a redemption has just answered. Ask again with that one.")
)

// Ourselves.
var (
	Internal = define("internal_server_error", http.StatusInternalServerError,
		"Something went wrong here. The request_id finds it in the log.")
	Unavailable = defineStep(Wait, "service_unavailable", http.StatusServiceUnavailable,
		"The service cannot keep what it would promise right now. Try again shortly.")
)
