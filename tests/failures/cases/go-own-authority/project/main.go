package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
)

func main() {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	client := http.DefaultClient
	if os.Getenv("TRUST") != "" {
		client = server.Client()
	}
	answer, err := client.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(answer.Status)
}
