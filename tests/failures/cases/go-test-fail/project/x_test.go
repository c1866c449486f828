package x
import "testing"
func TestIt(t *testing.T){ t.Fatal("no") }
