// The peer that Farshore is compared with: a minimal TCP forwarder as one writes it in Go, a goroutine a direction,
// io.Copy, and golang.org/x/net/proxy for SOCKS5.
//
// That library has two ways to dial, and they differ in what io.Copy can do. DialContext, which its documentation
// recommends and which a forwarder needs to give a dial a time limit, returns a connection of a type of its own:
// io.Copy moves the bytes through a buffer. The older Dial returns the bare *net.TCPConn: io.Copy splices from socket
// to socket and the bytes never enter the process. -splicing takes the second.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"time"

	"golang.org/x/net/proxy"
)

const dialTimeout = 7 * time.Second

type halfCloser interface{ CloseWrite() error }

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address to listen on")
	target := flag.String("target", "", "address to forward to")
	socks := flag.String("socks", "", "SOCKS5 server to dial through")
	splicing := flag.Bool("splicing", false, "dial so that io.Copy can splice")
	flag.Parse()
	dialer, err := proxy.SOCKS5("tcp", *socks, nil, proxy.Direct)
	if err != nil {
		log.Fatal(err)
	}
	dial := func() (net.Conn, error) { return dialer.Dial("tcp", *target) }
	if !*splicing {
		dial = func() (net.Conn, error) {
			limited, cancel := context.WithTimeout(context.Background(), dialTimeout)
			defer cancel()
			return dialer.(proxy.ContextDialer).DialContext(limited, "tcp", *target)
		}
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	for {
		client, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serve(client, dial)
	}
}

func serve(client net.Conn, dial func() (net.Conn, error)) {
	defer client.Close()
	upstream, err := dial()
	if err != nil {
		log.Print(err)
		return
	}
	defer upstream.Close()
	done := make(chan struct{})
	go func() {
		pass(upstream, client)
		close(done)
	}()
	pass(client, upstream)
	<-done
}

func pass(to, from net.Conn) {
	io.Copy(to, from)
	if half, can := to.(halfCloser); can {
		half.CloseWrite()
	} else {
		to.Close()
	}
}
