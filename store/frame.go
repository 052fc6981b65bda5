package store

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// hash is the end of the chain of frames: SHA-256 over kind, sequence, the hash before, and the rows.
type hash = [32]byte

// Head is the end of the journal at one moment.
type Head struct {
	Number uint64 // sequence of the last durable batch, 0: none
	Hash   hash   // of the chain up to there
}

// A frame is one batch in the journal, all numbers big-endian:
//
//	magic 4 | length of rows 4 | CRC32C 4 of all that follows | kind 1 | zero 3 | sequence 8 | hash before 32 | rows
//
// padded with zero bytes to a multiple of 8. A row is uvarint key length, uvarint value length + 1 (0: deleted), key,
// value.
const (
	frameHeader = 4 + 4 + 4 + 4 + 8 + 32
	frameAlign  = 8
	frameRows   = 1
)

var (
	frameMagic = [4]byte{'T', 'P', 'f', '1'}
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	errNoFrame = errors.New("store: no whole frame")
)

// frame is what parseFrame has read. Its checksum holds; whether it belongs at its place in the chain is for the caller
// to see.
type frame struct {
	kind byte
	seq  uint64
	prev hash
	hash hash
	rows []byte // lies in what was parsed
}

// beginFrame leaves room for the header.
func beginFrame(b []byte) []byte { return append(b, make([]byte, frameHeader)...) }

// appendRow writes one row behind b.
func appendRow(b []byte, key string, r row) []byte {
	b = binary.AppendUvarint(b, uint64(len(key)))
	if r.deleted {
		return append(binary.AppendUvarint(b, 0), key...)
	}
	b = binary.AppendUvarint(b, uint64(len(r.value))+1)
	return append(append(b, key...), r.value...)
}

// sealFrame fills the header of a frame that beginFrame began, and pads it.
func sealFrame(b []byte, kind byte, seq uint64, prev hash) ([]byte, hash) {
	copy(b, frameMagic[:])
	binary.BigEndian.PutUint32(b[4:], uint32(len(b)-frameHeader))
	b[12] = kind
	binary.BigEndian.PutUint64(b[16:], seq)
	copy(b[24:], prev[:])
	binary.BigEndian.PutUint32(b[8:], crc32.Checksum(b[12:], castagnoli))
	h := sha256.Sum256(b[12:])
	for len(b)%frameAlign != 0 {
		b = append(b, 0)
	}
	return b, h
}

// parseFrame reads the frame at the start of data, and returns what follows it.
func parseFrame(data []byte) (f frame, rest []byte, err error) {
	if len(data) < frameHeader || [4]byte(data[:4]) != frameMagic {
		return f, nil, errNoFrame
	}
	n := int64(binary.BigEndian.Uint32(data[4:]))
	end := frameHeader + n
	padded := (end + frameAlign - 1) / frameAlign * frameAlign
	if padded > int64(len(data)) || crc32.Checksum(data[12:end], castagnoli) != binary.BigEndian.Uint32(data[8:]) ||
		!allZero(data[end:padded]) {
		return f, nil, errNoFrame
	}
	f = frame{
		kind: data[12], seq: binary.BigEndian.Uint64(data[16:]), prev: hash(data[24:]), hash: sha256.Sum256(data[12:end]),
		rows: data[frameHeader:end:end],
	}
	return f, data[padded:], nil
}

// eachRow visits the rows of a frame. An error of its own means that they make no sense although a checksum covers
// them.
func eachRow(b []byte, visit func(key string, r row) error) error {
	for len(b) > 0 {
		keyLen, i := binary.Uvarint(b)
		if i <= 0 {
			return errNoFrame
		}
		valueLen, j := binary.Uvarint(b[i:])
		if j <= 0 {
			return errNoFrame
		}
		b = b[i+j:]
		size := max(valueLen, 1) - 1
		if keyLen > uint64(len(b)) || size > uint64(len(b))-keyLen {
			return errNoFrame
		}
		r := row{deleted: valueLen == 0}
		if !r.deleted {
			r.value = append([]byte{}, b[keyLen:keyLen+size]...)
		}
		if err := visit(string(b[:keyLen]), r); err != nil {
			return err
		}
		b = b[keyLen+size:]
	}
	return nil
}
