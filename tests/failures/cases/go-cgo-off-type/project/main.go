package main
import "example.com/x/zstd"
func main() { println(zstd.Level()) }
