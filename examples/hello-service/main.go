// Hello-service is the smallest complete HTTP service: it answers, tells its
// health, reads a configuration file, and stops in order. It knows nothing of
// Windows services.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"time"
)

// version is set by the linker.
var version = "development"

// config is what the configuration file holds.
type config struct {
	Greeting string `json:"greeting"`
}

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "address to listen on")
	file := flag.String("config", "", "configuration file (JSON)")
	flag.Parse()
	if err := run(*listen, *file); err != nil {
		log.Fatal(err)
	}
}

func run(listen, file string) error {
	cfg, err := load(file)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	server := &http.Server{Addr: listen, Handler: handler(cfg), ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	log.Printf("hello-service %s listens on %s", version, listen)

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Print("stopping: requests under way are answered first")
	timeout, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(timeout); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	log.Print("stopped")
	return nil
}

func load(file string) (config, error) {
	cfg := config{Greeting: "Hello"}
	if file == "" {
		return cfg, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return cfg, err
	}
	if err := json.Unmarshal(text, &cfg); err != nil {
		return cfg, fmt.Errorf("%s: %w", file, err)
	}
	return cfg, nil
}

func handler(cfg config) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintf(w, "%s from %s (%s)\n", cfg.Greeting, r.Host, version)
	})
	return mux
}
