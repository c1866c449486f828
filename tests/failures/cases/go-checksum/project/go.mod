module example.com/x
go 1.20
require example.com/dep v1.0.0
