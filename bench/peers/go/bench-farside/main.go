// The far side of a benchmark: a target and a SOCKS5 server, whose CPU nobody counts.
//
// The target reads an opcode and serves the connection by it, so that one port (one route) is enough:
//
//	'E'               everything is echoed, the opcode included
//	'D' + 8 bytes n   n bytes are sent, then one more opcode is read
//	'U' + 8 bytes n   n bytes are read and one byte acknowledges them, then one more opcode is read
//	'R'               the connection is reset
//
// The SOCKS5 server takes any CONNECT without a login, answers with a fixed bound address, and serves the connection
// as the target would: no second dial.
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/netip"
)

const chunk = 1 << 18

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address of the target")
	socks := flag.String("socks", "127.0.0.1:0", "address of the SOCKS5 server")
	bound := flag.String("bound", "100.64.0.1:4242", "bound address in every SOCKS5 reply")
	flag.Parse()
	reply := socksReply(netip.MustParseAddrPort(*bound))
	target, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	proxy, err := net.Listen("tcp", *socks)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(target.Addr(), proxy.Addr())
	go accept(proxy, func(conn *net.TCPConn) {
		if handshake(conn, reply) == nil {
			serve(conn)
		}
	})
	accept(target, serve)
}

func accept(listener net.Listener, handle func(*net.TCPConn)) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go func() {
			defer conn.Close()
			handle(conn.(*net.TCPConn))
		}()
	}
}

func serve(conn *net.TCPConn) {
	var small [512]byte
	for {
		n, err := conn.Read(small[:])
		if err != nil {
			return
		}
		switch small[0] {
		case 'E':
			echo(conn, small[:], n)
			return
		case 'R':
			conn.SetLinger(0)
			return
		case 'D', 'U':
			if _, err := io.ReadFull(conn, small[n:max(n, 9)]); err != nil {
				return
			}
			if bulk(conn, small[0], int64(binary.BigEndian.Uint64(small[1:9])), small[9:max(n, 9)]) != nil {
				return
			}
		default:
			return
		}
	}
}

func echo(conn *net.TCPConn, buffer []byte, n int) {
	for {
		if _, err := conn.Write(buffer[:n]); err != nil {
			return
		}
		var err error
		if n, err = conn.Read(buffer); err != nil {
			return
		}
	}
}

func bulk(conn *net.TCPConn, opcode byte, left int64, early []byte) error {
	buffer := make([]byte, chunk)
	if opcode == 'D' {
		for left > 0 {
			n, err := conn.Write(buffer[:min(left, chunk)])
			if err != nil {
				return err
			}
			left -= int64(n)
		}
		return nil
	}
	for left -= int64(len(early)); left > 0; {
		n, err := conn.Read(buffer[:min(left, chunk)])
		if err != nil {
			return err
		}
		left -= int64(n)
	}
	_, err := conn.Write([]byte{'U'})
	return err
}

func socksReply(bound netip.AddrPort) []byte {
	kind := byte(1)
	if bound.Addr().Is6() {
		kind = 4
	}
	reply := append([]byte{5, 0, 0, kind}, bound.Addr().AsSlice()...)
	return append(reply, byte(bound.Port()>>8), byte(bound.Port()))
}

// handshake reads greeting and request, together or apart, and answers each when it is whole.
func handshake(conn *net.TCPConn, reply []byte) error {
	var in [300]byte
	have, greeted := 0, false
	for {
		n, err := conn.Read(in[have:])
		if err != nil {
			return err
		}
		have += n
		var out []byte
		if !greeted && have >= 2 && have >= 2+int(in[1]) {
			greeted = true
			out = append(out, 5, 0)
			have = copy(in[:], in[2+int(in[1]):have])
		}
		whole := greeted && have >= 5 && have >= requestLength(in[:])
		if whole {
			out = append(out, reply...)
		}
		if len(out) > 0 {
			if _, err := conn.Write(out); err != nil {
				return err
			}
		}
		if whole {
			return nil
		}
	}
}

func requestLength(request []byte) int {
	switch request[3] {
	case 1:
		return 4 + 4 + 2
	case 4:
		return 4 + 16 + 2
	}
	return 4 + 1 + int(request[4]) + 2
}
