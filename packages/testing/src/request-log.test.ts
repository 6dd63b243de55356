import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { RecordedResponse } from './recorded-response.ts'
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
    for (let number = 0; number < 10_001; number += 1) log.open(request(`/${number}`), new RecordedResponse())
    expect([log.records.length, log.entries.length]).toEqual([10_000, 10_000])
    expect([paths(log)[0], paths(log).at(-1)]).toEqual(['/1', '/10000'])
  })

  it('keeps 32 MiB of text, without the oldest requests', () => {
    const log = new RequestLog(() => 0)
    for (let number = 0; number < 40; number += 1) {
      log.open(request(`/${number}`), new RecordedResponse()).setBody('a'.repeat(MIB))
    }
    expect(paths(log)).toEqual(Array.from({ length: 31 }, (_, index) => `/${index + 9}`))
  })

  it('counts the responses, of which it keeps the first 64 KiB', () => {
    const log = new RequestLog(() => 0)
    for (let number = 0; number < 600; number += 1) {
      const response = new RecordedResponse()
      const entry = log.open(request(`/${number}`), response)
      for (let part = 0; part < 3; part += 1) response.add('a'.repeat(32_768))
      entry.close({})
    }
    expect(paths(log).slice(0, 1)).toEqual(['/89'])
    const { response } = log.entries[0] ?? {}
    expect([response?.length, response?.isCut, response?.body.length]).toEqual([98_304, true, 65_536])
  })

  it('keeps the last request, however large', () => {
    const log = new RequestLog(() => 0)
    log.open(request('/small'), new RecordedResponse())
    log.open(request('/large'), new RecordedResponse()).setBody('a'.repeat(33 * MIB))
    expect(paths(log)).toEqual(['/large'])
  })

  it('does not count a body that comes after its request was removed', () => {
    const log = new RequestLog(() => 0)
    const slow = log.open(request('/slow'), new RecordedResponse())
    log.clear()
    slow.setBody('a'.repeat(33 * MIB))
    log.open(request('/one'), new RecordedResponse()).setBody('b')
    log.open(request('/two'), new RecordedResponse()).setBody('b')
    expect(paths(log)).toEqual(['/one', '/two'])
  })
})
