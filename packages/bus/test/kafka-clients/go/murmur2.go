package main

import "hash"

// Java's murmur2, for sarama, which has none: the seed and the mixing of org.apache.kafka.common.utils.Utils.
type murmur2 struct{ data []byte }

func newMurmur2() hash.Hash32 { return &murmur2{} }

func (m *murmur2) Write(data []byte) (int, error) {
	m.data = append(m.data, data...)
	return len(data), nil
}
func (m *murmur2) Reset()              { m.data = m.data[:0] }
func (m *murmur2) Size() int           { return 4 }
func (m *murmur2) BlockSize() int      { return 4 }
func (m *murmur2) Sum(b []byte) []byte { return b }

func (m *murmur2) Sum32() uint32 {
	const mix = 0x5bd1e995
	data := m.data
	h := uint32(0x9747b28c) ^ uint32(len(data))
	for ; len(data) >= 4; data = data[4:] {
		k := uint32(data[0]) | uint32(data[1])<<8 | uint32(data[2])<<16 | uint32(data[3])<<24
		k *= mix
		k ^= k >> 24
		k *= mix
		h = h*mix ^ k
	}
	for at := len(data) - 1; at >= 0; at-- {
		h ^= uint32(data[at]) << (8 * at)
		if at == 0 {
			h *= mix
		}
	}
	h ^= h >> 13
	h *= mix
	return h ^ h>>15
}
