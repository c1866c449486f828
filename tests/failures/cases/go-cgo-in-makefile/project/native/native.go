package native

// #include <unistd.h>
import "C"

// Cores is the number of processors.
func Cores() int { return int(C.sysconf(C._SC_NPROCESSORS_ONLN)) }
