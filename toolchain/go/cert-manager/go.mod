module matrice.dev/toolchain/cert-manager

go 1.26.8

require (
	github.com/cert-manager/cert-manager v1.21.2
	github.com/go-logr/logr v1.4.3
)
