package main

import "net"

func main() { _, _ = net.LookupHost("localhost") }
