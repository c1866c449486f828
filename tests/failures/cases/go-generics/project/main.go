package main
func same[T any](a T) T { return a }
func main() { println(same(1)) }
