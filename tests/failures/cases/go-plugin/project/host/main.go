package main
import (
	"example.com/x/q"
	"plugin"
)
func main() {
	println(q.V)
	if _, err := plugin.Open("p.so"); err != nil {
		panic(err)
	}
}
