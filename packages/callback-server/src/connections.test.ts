import type { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ended, openSocket, sendBytes, visit } from '../test/visit.ts'
import { QUERY, CODE, startWaiting, STATE } from '../test/waiting-server.ts'

const TLS_HELLO = Uint8Array.of(0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x01, 0x00)

async function openSockets(port: number, count: number): Promise<readonly Socket[]> {
  return Promise.all(Array.from({ length: count }, async () => openSocket(port)))
}

describe('the connections of the callback server', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  it("don't keep the real callback out, even if many are idle or slow", async () => {
    const server = await startWaiting()
    const idle = openSockets(server.port, 200)
    const dripping = await openSockets(server.port, 200)
    const drip = setInterval(() => dripping.forEach((socket) => socket.write('G')), 10)
    try {
      await idle
      expect((await visit(`${server.redirectUri}${QUERY}`)).status).toBe(200)
      await expect(server.waitForCallback()).resolves.toEqual({ code: CODE, state: STATE })
    } finally {
      clearInterval(drip)
    }
  })

  it.each([
    ['sends nothing', ''],
    ['has begun a request', 'GET /callback?code='],
    ['has begun a header', 'GET /callback HTTP/1.1\r\nHost: loc'],
    [
      'has begun a body',
      'POST /callback HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nExpect: 100-continue\r\n',
    ],
  ])('end after five seconds when the other side %s', async (_what, bytes) => {
    const server = await startWaiting()
    const socket = await openSocket(server.port)
    socket.write(bytes)
    // The response on a later connection shows that the server knows the earlier one.
    await visit(server.redirectUri)
    vi.advanceTimersByTime(4_999)
    expect(socket.closed).toBe(false)
    vi.advanceTimersByTime(1)
    await ended(socket)
    expect((await visit(`${server.redirectUri}${QUERY}`)).status).toBe(200)
  })

  it('make room for a new one when there are a hundred, the oldest first', async () => {
    const server = await startWaiting()
    const oldest = await openSocket(server.port)
    const others = await openSockets(server.port, 99)
    expect(oldest.closed).toBe(false)
    await openSocket(server.port)
    await ended(oldest)
    expect(others.filter(({ closed }) => closed)).toEqual([])
  })

  it('leave no timer behind when they end', async () => {
    const server = await startWaiting()
    const before = vi.getTimerCount()
    await visit(server.redirectUri)
    await sendBytes(server.port, 'GARBAGE\r\n\r\n')
    expect(vi.getTimerCount()).toBe(before)
  })

  it.each([
    ['malformed bytes', 'GARBAGE\r\n\r\n'],
    ['binary', Uint8Array.from({ length: 512 }, (_, index) => index % 256)],
    ['a TLS hello', TLS_HELLO],
    ['an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a header that is none', 'GET /callback HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n'],
    [
      'two lengths',
      'GET /callback HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    ],
    ['a header of 70 KiB', `GET / HTTP/1.1\r\nHost: localhost\r\nx: ${'x'.repeat(70 * 1024)}\r\n\r\n`],
    ['CONNECT', 'CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ])('end without a response on %s, and the server goes on', async (_what, bytes) => {
    const server = await startWaiting()
    expect(await sendBytes(server.port, bytes)).toBe('')
    expect((await visit(`${server.redirectUri}${QUERY}`)).status).toBe(200)
  })

  it('end on a request line of 17 KiB, and the server goes on', async () => {
    const server = await startWaiting()
    const target = `/callback?code=${'x'.repeat(17 * 1024)}&state=${STATE}`
    const received = await sendBytes(server.port, `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    expect(received.split('\r\n')[0]).toBe('HTTP/1.1 400 Bad Request')
    expect((await visit(`${server.redirectUri}${QUERY}`)).status).toBe(200)
  })
})
