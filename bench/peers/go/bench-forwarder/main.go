// The peer that Farshore is compared with: a minimal TCP forwarder as one writes it in Go, one goroutine a direction,
// io.Copy (which splices from socket to socket on Linux), and a SOCKS5 client that speaks as golang.org/x/net/proxy
// does: greeting, wait, request, wait.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/netip"
	"os"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address to listen on")
	target := flag.String("target", "", "address to forward to")
	socks := flag.String("socks", "", "SOCKS5 server to dial through; empty dials the target itself")
	flag.Parse()
	to, err := netip.ParseAddrPort(*target)
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintln(os.Stdout, listener.Addr())
	for {
		client, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serve(client.(*net.TCPConn), to, *socks)
	}
}

func serve(client *net.TCPConn, to netip.AddrPort, socks string) {
	defer client.Close()
	upstream, err := dial(to, socks)
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

func pass(to, from *net.TCPConn) {
	io.Copy(to, from)
	to.CloseWrite()
}

func dial(to netip.AddrPort, socks string) (*net.TCPConn, error) {
	address := socks
	if address == "" {
		address = to.String()
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	upstream := conn.(*net.TCPConn)
	if socks == "" {
		return upstream, nil
	}
	if err := handshake(upstream, to); err != nil {
		upstream.Close()
		return nil, err
	}
	return upstream, nil
}

// handshake is RFC 1928, no authentication, CONNECT to an IPv4 address.
func handshake(upstream *net.TCPConn, to netip.AddrPort) error {
	var buffer [22]byte
	if _, err := upstream.Write([]byte{5, 1, 0}); err != nil {
		return err
	}
	if _, err := io.ReadFull(upstream, buffer[:2]); err != nil {
		return err
	}
	if buffer[0] != 5 || buffer[1] != 0 {
		return fmt.Errorf("socks: no acceptable method: % x", buffer[:2])
	}
	request := append([]byte{5, 1, 0, 1}, to.Addr().AsSlice()...)
	request = append(request, byte(to.Port()>>8), byte(to.Port()))
	if _, err := upstream.Write(request); err != nil {
		return err
	}
	if _, err := io.ReadFull(upstream, buffer[:4]); err != nil {
		return err
	}
	if buffer[1] != 0 {
		return fmt.Errorf("socks: reply code %d", buffer[1])
	}
	bound := 4 + 2
	if buffer[3] == 4 {
		bound = 16 + 2
	}
	_, err := io.ReadFull(upstream, buffer[4:4+bound])
	return err
}
