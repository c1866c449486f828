package main
// #cgo LDFLAGS: -Wl,--orphan-handling=place
// static int f(void) { return 1; }
import "C"
func main() { println(C.f()) }
