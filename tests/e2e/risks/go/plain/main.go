// Tells the local time and the host's name: neither is a need.
package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	name, _ := os.Hostname()
	fmt.Println(name, time.Now().Local().Year() > 2000)
}
