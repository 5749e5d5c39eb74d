// SPDX-FileCopyrightText: The authors of unixnotif
// SPDX-License-Identifier: Apache-2.0

// A subscriber in Go, with its standard library alone.
package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	directory   = "/run/nova/notifications"
	maxRecord   = 128 * 1024
	maxDocument = 32 * 1024 * 1024
	// F_GET_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE (fcntl(2))
	getSeals = 1034
	allSeals = 0x2 | 0x4 | 0x8
)

// subscribe listens under a hidden name, then renames: emitters never see the
// socket before it is ready. A name is never reused.
func subscribe() (string, *net.UnixListener, error) {
	random := make([]byte, 8)
	if _, err := rand.Read(random); err != nil {
		return "", nil, err
	}
	name := fmt.Sprintf("%d-%x.sock", os.Getpid(), random)
	hidden := filepath.Join(directory, "."+name)
	address := &net.UnixAddr{Name: hidden, Net: "unixpacket"}
	listener, err := net.ListenUnix("unixpacket", address)
	if err != nil {
		return "", nil, err
	}
	listener.SetUnlinkOnClose(false)
	path := filepath.Join(directory, name)
	err = os.Chmod(hidden, 0o660)
	if err == nil {
		err = os.Rename(hidden, path)
	}
	return path, listener, err
}

// read returns the next document of a connection.
func read(connection *net.UnixConn) ([]byte, error) {
	data := make([]byte, maxRecord)
	rights := make([]byte, syscall.CmsgSpace(4))
	n, m, flags, _, err := connection.ReadMsgUnix(data, rights)
	if err != nil {
		return nil, err
	}
	fds := received(rights[:m])
	for _, fd := range fds {
		defer syscall.Close(fd)
	}
	if n == 0 {
		return nil, io.EOF
	}
	if flags&(syscall.MSG_TRUNC|syscall.MSG_CTRUNC) != 0 || len(fds) > 1 {
		return nil, errors.New("not a record of this protocol")
	}
	if len(fds) == 1 {
		return readMemfd(fds[0], data[:n])
	}
	return data[:n], nil
}

// received returns the descriptors that came with a record.
func received(rights []byte) (fds []int) {
	messages, _ := syscall.ParseSocketControlMessage(rights)
	for i := range messages {
		more, _ := syscall.ParseUnixRights(&messages[i])
		fds = append(fds, more...)
	}
	return fds
}

// readMemfd returns a large document. Its sender can no longer change it.
func readMemfd(fd int, record []byte) ([]byte, error) {
	var announced struct{ Memfd int64 }
	if err := json.Unmarshal(record, &announced); err != nil {
		return nil, err
	}
	seals, _, errno := syscall.Syscall(
		syscall.SYS_FCNTL, uintptr(fd), getSeals, 0)
	if errno != 0 || seals&allSeals != allSeals {
		return nil, errors.New("a file that its sender can still change")
	}
	var status syscall.Stat_t
	if err := syscall.Fstat(fd, &status); err != nil {
		return nil, err
	}
	size := status.Size
	if size != announced.Memfd || size > maxDocument {
		return nil, errors.New("a file of another size than announced")
	}
	document := make([]byte, size)
	for done := 0; done < len(document); {
		n, err := syscall.Pread(fd, document[done:], int64(done))
		if err != nil {
			return nil, err
		}
		done += n
	}
	return document, nil
}

func handle(document []byte) {
	var decoded struct {
		EventType string `json:"event_type"`
		Lost      *struct{ Count int64 }
	}
	if err := json.Unmarshal(document, &decoded); err != nil {
		log.Println("rejected:", err)
	} else if decoded.Lost != nil {
		fmt.Println("lost", decoded.Lost.Count)
	} else {
		fmt.Println(decoded.EventType, len(document), "bytes")
	}
}

func serve(connection *net.UnixConn) {
	defer connection.Close()
	for {
		document, err := read(connection)
		if err != nil {
			if !errors.Is(err, io.EOF) {
				log.Println("connection closed:", err)
			}
			return
		}
		handle(document)
	}
}

func accept(listener *net.UnixListener) {
	for {
		connection, err := listener.AcceptUnix()
		if err != nil {
			return
		}
		go serve(connection)
	}
}

func main() {
	var path string
	var listener *net.UnixListener
	for ; ; time.Sleep(time.Second) {
		// If the directory is recreated, subscribe again.
		if _, err := os.Lstat(path); err == nil {
			continue
		}
		if listener != nil {
			listener.Close()
		}
		var err error
		if path, listener, err = subscribe(); err != nil {
			log.Println("retrying:", err)
			continue
		}
		go accept(listener)
	}
}
