// The C program as it is, called from Go.
package main

// #cgo pkg-config: openssl zlib
// #define main c_main
// #include "../main.c"
// #undef main
// #include <stdlib.h>
import "C"

func main() {
	C.c_main()
	C.fflush(C.stdout)
}
