package problem

// Step is what helps whoever was refused, for programs: error_details.next. It is API, as
// a type is.
type Step string

// The steps.
const (
	OpenWhereAsked    Step = "open_where_asked"
	RequestNewLink    Step = "request_new_link"
	AskInviter        Step = "ask_inviter"
	OpenMailedLink    Step = "open_mailed_link"
	CheckCode         Step = "check_code"
	UseLink           Step = "use_link"
	UseAnotherAddress Step = "use_another_address"
	RedeemInBackEnd   Step = "redeem_in_back_end"
	OmitCodeVerifier  Step = "omit_code_verifier"
	SignIn            Step = "sign_in"
	Wait              Step = "wait"
)

// Advice says in a sentence what a step is.
type Advice struct {
	Step Step
	Says string
}

// Steps lists them all, in the order in which people meet them.
func Steps() []Advice {
	return []Advice{
		{OpenWhereAsked, "Open the link, or type the code from its mail, in the browser or app that asked for it; or ask for a new link here. `error_details.next_url` is a page that says so to the person."},
		{RequestNewLink, "Ask for a new link: this one opens nothing any more."},
		{AskInviter, "Ask whoever sent the invitation for another: its reader cannot."},
		{OpenMailedLink, "Open the mailed link in a browser and press the button on its page; redeem the token that it leads on with."},
		{CheckCode, "Type the code once more, as the last mail shows it, where the login began; or open the link of that mail there; or ask for a new one."},
		{UseLink, "Open the link in the mail: its code is of no use now, and the link is."},
		{UseAnotherAddress, "Give another address: no mail goes to this one."},
		{RedeemInBackEnd, "Hand the token to your back end, which redeems it with the project's secret."},
		{OmitCodeVerifier, "Redeem the link without a code_verifier."},
		{SignIn, "Begin a login: nobody is signed in."},
		{Wait, "Wait for as long as `Retry-After` says, and try again."},
	}
}
