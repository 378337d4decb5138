// The program that cert-manager starts in a pod of its own to answer one challenge. Its sources are no module that can be
// built by itself; what it does is the package that it is made of.
package main

import (
	"flag"
	"fmt"
	"log"
	"runtime/debug"

	"github.com/cert-manager/cert-manager/pkg/issuer/acme/http/solver"
	"github.com/go-logr/logr"
)

const module = "github.com/cert-manager/cert-manager"

func main() {
	port := flag.Int("listen-port", 8089, "the port to listen on")
	domain := flag.String("domain", "", "the host that the challenge is about")
	token := flag.String("token", "", "the last part of the path that is asked")
	key := flag.String("key", "", "what is answered")
	showVersion := flag.Bool("version", false, "print the version and exit")
	flag.Parse()
	if *showVersion {
		fmt.Println("acmesolver", version())
		return
	}
	answering := solver.HTTP01Solver{ListenPort: *port, Domain: *domain, Token: *token, Key: *key}
	log.Fatal(answering.Listen(logr.Discard()))
}

func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			return dependency.Version
		}
	}
	return "unknown"
}
