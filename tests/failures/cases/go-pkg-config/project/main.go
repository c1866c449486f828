package main
// #cgo pkg-config: libnowhere
// static int f(void) { return 1; }
import "C"
func main() { println(C.f()) }
