package main

import (
	"fmt"
	"os/user"

	"example.org/cgo/native"
)

func main() {
	_, err := user.LookupId("0")
	fmt.Println(native.Answer(), err == nil || err != nil)
}
