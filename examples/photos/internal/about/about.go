// Package about is what every service of photos does alike: it says how it is, who it is and what time it is
// elsewhere, fetches pages over TLS, stops when it is told to, and has a `health` command, because its image holds no
// other program that could ask. It is pure Go.
package about

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// Job is what a service does beside answering, until the context ends.
type Job func(context.Context) error

// Main is the whole of a service's main: it serves what routes adds and what every service answers, and runs the
// jobs. Told `health`, it asks the one that serves how it is instead.
func Main(routes func(*http.ServeMux) error, jobs ...Job) {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	if err := run(os.Args[1:], port, routes, jobs); err != nil {
		log.Fatal(err)
	}
}

func run(arguments []string, port string, routes func(*http.ServeMux) error, jobs []Job) error {
	switch {
	case len(arguments) == 0:
		mux := answers()
		if err := routes(mux); err != nil {
			return err
		}
		return serve(&http.Server{Addr: ":" + port, Handler: mux, ReadHeaderTimeout: 10 * time.Second}, jobs)
	case len(arguments) == 1 && arguments[0] == "health":
		return askHealth(port)
	default:
		return fmt.Errorf("only `health` is known, not %q", arguments)
	}
}

// Serves until SIGTERM, which is how runtimes stop a container, and lets requests that run end first.
func serve(server *http.Server, jobs []Job) error {
	told, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	group, ended := errgroup.WithContext(told)
	group.Go(func() error {
		log.Printf("listening on port %s", server.Addr[1:])
		if err := server.ListenAndServe(); err != http.ErrServerClosed {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ended.Done()
		return server.Shutdown(context.Background())
	})
	for _, job := range jobs {
		group.Go(func() error { return job(ended) })
	}
	return group.Wait()
}

// Asks the service on this port of loopback how it is; anything but 200 is an error.
func askHealth(port string) error {
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{}}
	answer, err := client.Get("http://" + net.JoinHostPort("127.0.0.1", port) + "/health")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("not healthy: %s", answer.Status)
	}
	return nil
}
