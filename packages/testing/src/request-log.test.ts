import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { RequestLog } from './request-log.ts'

const MIB = 1024 * 1024

function request(url: string): IncomingMessage {
  const incoming = new IncomingMessage(new Socket())
  incoming.method = 'GET'
  incoming.url = url
  return incoming
}

const paths = ({ records }: RequestLog): readonly string[] => records.map(({ path }) => path)

describe('RequestLog', () => {
  it('keeps the last 10,000 requests', () => {
    const log = new RequestLog(() => 0)
    for (let number = 0; number < 10_001; number += 1) log.open(request(`/${number}`))
    expect([log.records.length, log.entries.length]).toEqual([10_000, 10_000])
    expect([paths(log)[0], paths(log).at(-1)]).toEqual(['/1', '/10000'])
  })

  it('keeps 32 MiB of text, without the oldest requests', () => {
    const log = new RequestLog(() => 0)
    for (let number = 0; number < 40; number += 1) log.open(request(`/${number}`)).setBody('a'.repeat(MIB))
    expect(paths(log)).toEqual(Array.from({ length: 31 }, (_, index) => `/${index + 9}`))
  })

  it('keeps the last request, however large', () => {
    const log = new RequestLog(() => 0)
    log.open(request('/small'))
    log.open(request('/large')).setBody('a'.repeat(33 * MIB))
    expect(paths(log)).toEqual(['/large'])
  })

  it('does not count a body that comes after its request was removed', () => {
    const log = new RequestLog(() => 0)
    const slow = log.open(request('/slow'))
    log.clear()
    slow.setBody('a'.repeat(33 * MIB))
    log.open(request('/one')).setBody('b')
    log.open(request('/two')).setBody('b')
    expect(paths(log)).toEqual(['/one', '/two'])
  })
})
