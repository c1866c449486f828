package main
import "example.com/x/q"
func F() int { return q.V }
func main() {}
