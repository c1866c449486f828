package main

func main( ) { println("error") }
