package main

import (
	"fmt"
	"os"
)

func main() {
	file, err := os.CreateTemp("", "upload-")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("written", file.Name() != "")
}
