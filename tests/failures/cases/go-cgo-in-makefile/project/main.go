package main

import "example.org/probe/native"

func main() { println(native.Cores()) }
