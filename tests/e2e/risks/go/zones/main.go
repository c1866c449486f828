// Asks for a time zone by its name.
package main

import (
	"os"
	"time"
)

func main() {
	if _, err := time.LoadLocation("Asia/Tokyo"); err != nil {
		os.Exit(1)
	}
}
