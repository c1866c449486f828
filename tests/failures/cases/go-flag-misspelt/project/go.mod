module app

go 1.20
