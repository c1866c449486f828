package lib
// int f(void){return 1;}
import "C"
func F() int { return int(C.f()) }
