package about

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

// What every service answers.
func answers() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok\n") })
	mux.HandleFunc("GET /time", inZone)
	mux.HandleFunc("GET /resolve", resolve)
	mux.HandleFunc("GET /fetch", fetch)
	mux.HandleFunc("GET /whoami", whoami)
	return mux
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
