package practice

import (
	"net"
	"syscall"
)

// acknowledgeAtOnce asks the kernel not to delay acknowledgements. vpcd writes a message's length and its body apart, so a
// delayed acknowledgement costs 40 milliseconds for each command. The kernel forgets the wish, so it is made before each read.
func acknowledgeAtOnce(conn net.Conn) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	// Without it everything works, slowly: no error is worth stopping for.
	_ = raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	})
}
