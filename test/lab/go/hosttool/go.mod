module containeros.dev/lab/hosttool

go 1.26.0
