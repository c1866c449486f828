package main
import "syscall"
func main() { _ = syscall.Dup2(1, 2) }
