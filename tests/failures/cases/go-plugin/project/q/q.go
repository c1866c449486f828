package q
var V = 1
