package app

import (
	"errors"
	"fmt"
	"testing"
)

func TestFailsOnError(t *testing.T) {
	defer func() { fmt.Println("panic:", recover()) }()
	t.Log(errors.New("dial tcp: connection refused"))
	panic("runtime error: invalid memory address")
}

func TestErrorText(t *testing.T) {
	t.Run("undefined: x", func(t *testing.T) { fmt.Println("main.go:3:4: undefined: x") })
	t.Skip("exec: \"docker\": executable file not found in $PATH")
}
