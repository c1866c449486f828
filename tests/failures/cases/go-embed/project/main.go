package main
import "embed"
//go:embed dist/*
var files embed.FS
func main() { _ = files }
