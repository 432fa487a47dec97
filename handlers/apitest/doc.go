// Package apitest holds what the doors really do against what docs/openapi.yaml says:
// tests send their requests through Exchange, and compare their routes by WantRoutes.
//
// It is for tests alone, and knows the document and HTTP but none of the doors.
package apitest
