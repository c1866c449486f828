// Makes a folder where the system keeps temporary files.
package main

import "os"

func main() {
	if _, err := os.MkdirTemp("", "known"); err != nil {
		os.Exit(1)
	}
}
