// Asks for a time zone that it carries itself.
package main

import (
	"os"
	"time"
	_ "time/tzdata"
)

func main() {
	if _, err := time.LoadLocation("Asia/Tokyo"); err != nil {
		os.Exit(1)
	}
}
