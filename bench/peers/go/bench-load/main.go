// The load of a benchmark, the same for every forwarder. Talks with the runner over its standard streams, so that the
// runner can read the forwarder's counters at the right moments:
//
//	load: "ready"        what the mode needs is open and warm
//	run:  "go"
//	load: one JSON line  the work is done, what is open stays open
//	run:  "end"          the load closes and ends
//
// Modes: bulk (-connections, -mb in all, half of it down and half up), pingpong (-connections, -requests in all, -size),
// paced (the same at -rate requests a second in all, due times kept when answers are late), churn (-requests new
// connections, -connections at a time, one byte each way), idle (-connections held, a fifth of them before "ready", so that
// memory which the forwarder had ready is used up).
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

type work struct {
	target      string
	connections int
	requests    int
	size        int
	mb          int
	rate        float64
}

type result struct {
	Units   float64 `json:"units"`
	Seconds float64 `json:"seconds"`
	P50     float64 `json:"p50_us"`
	P99     float64 `json:"p99_us"`
}

func main() {
	var w work
	mode := flag.String("mode", "", "bulk, pingpong, paced, churn or idle")
	flag.StringVar(&w.target, "target", "", "address to connect to")
	flag.IntVar(&w.connections, "connections", 1, "connections at once")
	flag.IntVar(&w.requests, "requests", 0, "requests, or new connections, in all")
	flag.IntVar(&w.size, "size", 128, "bytes of a request and of its answer")
	flag.IntVar(&w.mb, "mb", 0, "megabytes in all (10^6 bytes)")
	flag.Float64Var(&w.rate, "rate", 0, "requests a second in all")
	flag.Parse()
	log.SetFlags(0)
	modes := map[string]func(work, func()) result{
		"bulk": bulk, "pingpong": pingpong, "paced": paced, "churn": churn, "idle": idle,
	}
	run, known := modes[*mode]
	if !known {
		log.Fatalf("load: no mode %q", *mode)
	}
	commands := bufio.NewReader(os.Stdin)
	var began time.Time
	out := run(w, func() {
		fmt.Println("ready")
		await(commands, "go\n")
		began = time.Now()
	})
	out.Seconds = time.Since(began).Seconds()
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		log.Fatal(err)
	}
	await(commands, "end\n")
}

func await(commands *bufio.Reader, want string) {
	if line, err := commands.ReadString('\n'); err != nil || line != want {
		os.Exit(1) // the runner is gone
	}
}

func must(err error) {
	if err != nil {
		log.Fatalf("load: %v", err)
	}
}

func open(target string) net.Conn {
	conn, err := net.DialTimeout("tcp", target, 10*time.Second)
	must(err)
	must(conn.SetDeadline(time.Now().Add(2 * time.Minute)))
	return conn
}

func openAll(w work) []net.Conn {
	conns := make([]net.Conn, w.connections)
	for i := range conns {
		conns[i] = open(w.target)
	}
	return conns
}

func ask(conn net.Conn, request, answer []byte) {
	_, err := conn.Write(request)
	must(err)
	_, err = io.ReadFull(conn, answer)
	must(err)
}

func each(conns []net.Conn, do func(i int, conn net.Conn)) {
	var group sync.WaitGroup
	for i, conn := range conns {
		group.Go(func() { do(i, conn) })
	}
	group.Wait()
}

func bulk(w work, ready func()) result {
	conns := openAll(w)
	share := int64(w.mb) * 1e6 / int64(2*w.connections)
	transfer := func(conn net.Conn, n int64, buffer []byte) {
		var head [9]byte
		binary.BigEndian.PutUint64(head[1:], uint64(n))
		head[0] = 'D'
		_, err := conn.Write(head[:])
		must(err)
		for left := n; left > 0; {
			got, err := conn.Read(buffer[:min(left, int64(len(buffer)))])
			must(err)
			left -= int64(got)
		}
		head[0] = 'U'
		_, err = conn.Write(head[:])
		must(err)
		for left := n; left > 0; {
			sent, err := conn.Write(buffer[:min(left, int64(len(buffer)))])
			must(err)
			left -= int64(sent)
		}
		_, err = io.ReadFull(conn, head[:1])
		must(err)
	}
	buffers := make([][]byte, len(conns))
	each(conns, func(i int, conn net.Conn) {
		buffers[i] = make([]byte, 1<<18)
		transfer(conn, 1e6, buffers[i])
	})
	ready()
	each(conns, func(i int, conn net.Conn) { transfer(conn, share, buffers[i]) })
	return result{Units: float64(2*share*int64(len(conns))) / 1e6}
}

func pingpong(w work, ready func()) result {
	conns := openAll(w)
	per := w.requests / w.connections
	rounds := func(conn net.Conn, n int) {
		request, answer := message(w.size), make([]byte, w.size)
		for range n {
			ask(conn, request, answer)
		}
	}
	each(conns, func(_ int, conn net.Conn) { rounds(conn, 50) })
	ready()
	each(conns, func(_ int, conn net.Conn) { rounds(conn, per) })
	return result{Units: float64(per * len(conns))}
}

func message(size int) []byte {
	request := make([]byte, size)
	request[0] = 'E'
	return request
}

func paced(w work, ready func()) result {
	conns := openAll(w)
	per := w.requests / w.connections
	period := time.Duration(float64(w.connections) / w.rate * float64(time.Second))
	lates := make([][]time.Duration, len(conns))
	each(conns, func(_ int, conn net.Conn) { ask(conn, message(w.size), make([]byte, w.size)) })
	ready()
	start := time.Now()
	each(conns, func(i int, conn net.Conn) {
		request, answer := message(w.size), make([]byte, w.size)
		due := start.Add(period * time.Duration(i) / time.Duration(len(conns)))
		for range per {
			from := due
			if wait := time.Until(due); wait > 0 {
				time.Sleep(wait)
				from = time.Now() // a late timer is not the forwarder's doing; a late answer is
			}
			ask(conn, request, answer)
			lates[i] = append(lates[i], time.Since(from))
			due = due.Add(period)
		}
	})
	all := slices.Concat(lates...)
	slices.Sort(all)
	at := func(q float64) float64 { return float64(all[int(q*float64(len(all)-1))].Nanoseconds()) / 1e3 }
	return result{Units: float64(len(all)), P50: at(0.5), P99: at(0.99)}
}

func churn(w work, ready func()) result {
	visit := func() {
		conn := open(w.target)
		var answer [1]byte
		ask(conn, []byte{'E'}, answer[:])
		must(conn.Close())
	}
	for range 20 {
		visit()
	}
	ready()
	var taken atomic.Int64
	var group sync.WaitGroup
	for range w.connections {
		group.Go(func() {
			for taken.Add(1) <= int64(w.requests) {
				visit()
			}
		})
	}
	group.Wait()
	return result{Units: float64(w.requests)}
}

func idle(w work, ready func()) result {
	conns := make([]net.Conn, w.connections)
	var answer [1]byte
	hold := func(some []net.Conn) {
		for i := range some {
			some[i] = open(w.target)
			ask(some[i], []byte{'E'}, answer[:])
		}
	}
	before := len(conns) / 5
	hold(conns[:before])
	ready()
	hold(conns[before:])
	return result{Units: float64(len(conns) - before)}
}
