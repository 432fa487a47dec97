package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	"github.com/gin-gonic/gin"

	"latchkey/magiclink"
)

// ginRequest and ginResponse are as long as a start's.
type ginRequest struct {
	Email         string `json:"email" binding:"required"`
	CodeChallenge string `json:"code_challenge" binding:"required"`
}

type ginResponse struct {
	RequestID   string `json:"request_id"`
	StatusCode  int    `json:"status_code"`
	UserID      string `json:"user_id"`
	EmailID     string `json:"email_id"`
	UserCreated bool   `json:"user_created"`
}

// serveGin is the ceiling of starts: the framework with JSON in and out, and nothing
// else. It says where it listens.
func serveGin([]string) error {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.POST("/v1"+loginPath, func(c *gin.Context) {
		var request ginRequest
		if err := c.ShouldBindJSON(&request); err != nil {
			c.AbortWithStatus(http.StatusBadRequest)
			return
		}
		c.JSON(http.StatusOK, ginResponse{
			RequestID: "request-id-test-" + magiclink.NewVerifier()[:36], StatusCode: http.StatusOK,
			UserID:  "user-test-01234567-89ab-7cde-8f01-23456789abcd",
			EmailID: "email-test-01234567-89ab-7cde-8f01-23456789abcd",
		})
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	go func() { _ = http.Serve(listener, engine) }()
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
