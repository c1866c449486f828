package main
// int f(void){return 1;}
import "C"
func main(){ println(C.f()) }
