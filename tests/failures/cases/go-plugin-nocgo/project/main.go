package main
import "plugin"
func main() {
	if _, err := plugin.Open("none.so"); err != nil && err.Error() == "plugin: not implemented" {
		panic(err)
	}
}
