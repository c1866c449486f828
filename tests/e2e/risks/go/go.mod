module example.org/risks

go 1.21
