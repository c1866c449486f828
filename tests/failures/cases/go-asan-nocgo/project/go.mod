module example.org/kvd

go 1.21
