package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHandler(t *testing.T) {
	server := handler(config{Greeting: "Moin"})
	for path, want := range map[string]string{"/": "Moin from", "/healthz": "ok"} {
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
		if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), want) {
			t.Errorf("%s: %d %q", path, answer.Code, answer.Body.String())
		}
	}
}
