import { randomBytes } from 'node:crypto'

/** Hashes are compared within a process only, so nobody can choose rows whose hashes are equal. */
const [firstSeed, secondSeed] = [randomBytes(4).readInt32LE(), randomBytes(4).readInt32LE()]

const none = new DataView(new ArrayBuffer(0))

/**
 * A hash of 64 bits over bytes that come in parts, the same however they are cut: twice MurmurHash3_x86_32, the second
 * time with the multipliers of the third and fourth word of MurmurHash3_x86_128. It is for finding accidents, no digest.
 * https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp
 */
export class RowHash {
  #first = firstSeed
  #second = secondSeed
  #length = 0
  #rest = 0
  #restBits = 0
  #bytes: Buffer | undefined
  #view: DataView = none

  /** Takes the bytes from one place up to another. */
  update(bytes: Buffer, from: number, to: number): void {
    this.#length += to - from
    let at = from
    while (at < to && this.#restBits > 0) at = this.#takeByte(bytes, at)
    const view = this.#viewOf(bytes)
    let first = this.#first
    let second = this.#second
    for (; at + 4 <= to; at += 4) {
      const word = view.getInt32(at, true)
      first = mixFirst(first, word)
      second = mixSecond(second, word)
    }
    this.#first = first
    this.#second = second
    while (at < to) at = this.#takeByte(bytes, at)
  }

  /** Gives both halves of the hash of all bytes since the last time, and begins anew. */
  finish(): readonly [number, number] {
    if (this.#restBits > 0) this.#takeWord()
    const first = final(this.#first ^ this.#length)
    const second = final(this.#second ^ this.#length)
    this.#first = firstSeed
    this.#second = secondSeed
    this.#length = 0
    return [first, second]
  }

  #takeByte(bytes: Buffer, at: number): number {
    this.#rest |= (bytes[at] ?? 0) << this.#restBits
    this.#restBits += 8
    if (this.#restBits === 32) this.#takeWord()
    return at + 1
  }

  #takeWord(): void {
    this.#first = mixFirst(this.#first, this.#rest)
    this.#second = mixSecond(this.#second, this.#rest)
    this.#rest = 0
    this.#restBits = 0
  }

  #viewOf(bytes: Buffer): DataView {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    }
    return this.#view
  }
}

function mixFirst(hash: number, word: number): number {
  const mixed = Math.imul(rotated(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593)
  return (Math.imul(rotated(hash ^ mixed, 13), 5) + 0xe6546b64) | 0
}

function mixSecond(hash: number, word: number): number {
  const mixed = Math.imul(rotated(Math.imul(word, 0x38b34ae5), 17), 0xa1e38b93)
  return (Math.imul(rotated(hash ^ mixed, 13), 5) + 0x32ac3b17) | 0
}

function final(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
