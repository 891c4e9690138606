// The worker of photos: pure Go. It says how it is, what time it is elsewhere, who it is, and fetches pages over TLS.
package main

import (
	"context"
	"crypto/tls"
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

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok\n") })
	mux.HandleFunc("GET /time", inZone)
	mux.HandleFunc("GET /resolve", resolve)
	mux.HandleFunc("GET /fetch", fetch)
	mux.HandleFunc("GET /whoami", whoami)
	server := &http.Server{Addr: ":" + port, Handler: mux, ReadHeaderTimeout: 10 * time.Second}

	log.Printf("listening on port %s", port)
	if err := serve(server); err != nil {
		log.Fatal(err)
	}
}

// Serves until SIGTERM, which is how runtimes stop a container, and lets requests that run end first.
func serve(server *http.Server) error {
	told, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	group, ended := errgroup.WithContext(told)
	group.Go(func() error {
		if err := server.ListenAndServe(); err != http.ErrServerClosed {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ended.Done()
		return server.Shutdown(context.Background())
	})
	return group.Wait()
}

func inZone(w http.ResponseWriter, r *http.Request) {
	zone, err := time.LoadLocation(r.URL.Query().Get("zone"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	fmt.Fprintln(w, time.Now().In(zone).Format(time.RFC3339))
}

func resolve(w http.ResponseWriter, r *http.Request) {
	addresses, err := net.DefaultResolver.LookupHost(r.Context(), r.URL.Query().Get("host"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	for _, address := range addresses {
		fmt.Fprintln(w, address)
	}
}

// The first line of a page, trusting what the system trusts.
func fetch(w http.ResponseWriter, r *http.Request) {
	client := &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}},
	}
	answer, err := client.Get(r.URL.Query().Get("url"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	fmt.Fprintln(w, answer.Proto, answer.Status)
}

func whoami(w http.ResponseWriter, _ *http.Request) {
	root := "writable"
	if err := os.WriteFile("/.written", nil, 0o644); err != nil {
		root = "read-only"
	} else {
		_ = os.Remove("/.written")
	}
	fmt.Fprintf(w, "uid=%d gid=%d root=%s\n", os.Getuid(), os.Getgid(), root)
}
