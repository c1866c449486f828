package main
func main() { limit := 1 << 40; println(limit) }
