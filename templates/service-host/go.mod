module gorelease.example/service-host

go 1.21
