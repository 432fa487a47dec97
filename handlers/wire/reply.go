package wire

// Reply is what every successful answer carries.
type Reply struct {
	RequestID  string `json:"request_id"`
	StatusCode int    `json:"status_code"`
}

// Error is every refusal. It has no member named error: an SDK would take the answer
// for OAuth's.
type Error struct {
	StatusCode   int               `json:"status_code"`
	RequestID    string            `json:"request_id"`
	ErrorType    string            `json:"error_type"`
	ErrorMessage string            `json:"error_message"`
	ErrorURL     string            `json:"error_url"`
	ErrorDetails map[string]string `json:"error_details,omitempty"`
}
