import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { describe, expect, it } from 'vitest'
import { visit, type VisitResponse } from '../test/visit.ts'
import { QUERY, OTHER_STATE, startWaiting, STATE } from '../test/waiting-server.ts'

const SCRIPT_HASH = "'sha256-ibnFCIB2ZpNSQiSXVhoXGNfZD4ulKmPwLHm6CPkHm1w='"
const OWN_PAGES = {
  success:
    '<!doctype html><html lang="en"><title>Fine</title><style>p { color: green }</style><p>Fine</p></html>',
  failure: '<!DOCTYPE html><title>Pity</title><p style="color: red">Pity</p>',
}

/** One response of each kind. */
async function everyResponse(): Promise<readonly VisitResponse[]> {
  const { redirectUri, port } = await startWaiting()
  return [
    await visit(redirectUri),
    await visit(`${redirectUri}?code=x&state=${OTHER_STATE}`),
    await visit(redirectUri, { method: 'POST' }),
    await visit(redirectUri, { method: 'HEAD' }),
    await visit(redirectUri, { headers: { host: 'evil.example' } }),
    await visit(redirectUri, { headers: { origin: 'https://evil.example' } }),
    await visit(`http://localhost:${port}/favicon.ico`),
    await visit(`${redirectUri}${QUERY}`),
  ]
}

function hashOf(element: 'script' | 'style', { body }: VisitResponse): string {
  const [, text = ''] = new RegExp(`<${element}>([^]*?)</${element}>`).exec(body) ?? []
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

function fixedHeaders({ date: _date, ...headers }: IncomingHttpHeaders): IncomingHttpHeaders {
  return headers
}

describe('the pages of the callback server', () => {
  it('come with every protection, whatever the status', async () => {
    const responses = await everyResponse()
    expect(responses.map(({ status }) => status)).toEqual([400, 400, 405, 405, 421, 403, 404, 200])
    for (const { headers } of responses) {
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        connection: 'close',
        'content-type': 'text/html; charset=utf-8',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      })
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; .*; frame-ancestors 'none'$/)
    }
  })

  it('have a policy that allows only their own style and script', async () => {
    for (const response of await everyResponse()) {
      if (response.body === '') continue
      expect(response.headers['content-security-policy']).toBe(
        `default-src 'none'; style-src ${hashOf('style', response)}; img-src data:; ` +
          `script-src ${hashOf('script', response)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      )
    }
  })

  it('load nothing, link to nothing and have one script', async () => {
    for (const { body } of await everyResponse()) {
      expect(body.replaceAll('href="data:,"', '')).not.toMatch(/(?:src|href|action|url|https?:|@import)\b/i)
      expect(body.match(/<script>[^<]*/g) ?? []).toEqual(
        body === '' ? [] : ["<script>history.replaceState(null, '', location.pathname)"],
      )
    }
  })

  it('do not say that the login is done', async () => {
    const success = (await everyResponse()).at(-1)
    expect(success?.body).toContain('You can close this page and return to the application.')
    expect(success?.body).not.toMatch(/logged in|success(?!")|authenticated|welcome/i)
  })

  it('repeat nothing of the request', async () => {
    const { redirectUri, port } = await startWaiting()
    const marker = 'Xq9wJ2kVz8'
    const headers = { 'user-agent': marker, cookie: marker, referer: `http://${marker}/`, accept: marker }
    for (const url of [
      `${redirectUri}?code=${marker}&state=${marker}&error=${marker}`,
      `http://localhost:${port}/${marker}`,
      `${redirectUri}?code=${marker}&state=${STATE}`,
    ]) {
      const response = await visit(url, { headers })
      expect(response.body).not.toContain(marker)
      expect(JSON.stringify(response.headers)).not.toContain(marker)
    }
  })

  it('are an application’s own, whole, with the script behind them', async () => {
    const { redirectUri } = await startWaiting({ pages: OWN_PAGES })
    const script = "<script>history.replaceState(null, '', location.pathname)</script>\n"
    const [failure, success] = [await visit(redirectUri), await visit(`${redirectUri}${QUERY}`)]
    expect(failure.body).toBe(`${OWN_PAGES.failure}${script}`)
    expect(success.body).toBe(`${OWN_PAGES.success}${script}`)
    for (const { headers } of [failure, success]) {
      expect(headers['content-security-policy']).toBe(
        `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src ${SCRIPT_HASH}; ` +
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      )
    }
  })

  it('can be one of an application and one of ours', async () => {
    const { redirectUri } = await startWaiting({ pages: { success: OWN_PAGES.success } })
    const [failure, success] = [await visit(redirectUri), await visit(`${redirectUri}${QUERY}`)]
    expect(failure.body).toContain('<h1>Login not completed</h1>')
    expect(success.body).toContain('<p>Fine</p>')
  })

  it('have the same headers for all failures of a kind', async () => {
    const { redirectUri } = await startWaiting()
    const one = await visit(`${redirectUri}?code=x&state=${OTHER_STATE}`)
    const other = await visit(`${redirectUri}?code=&state=${STATE}`)
    expect(fixedHeaders(one.headers)).toEqual(fixedHeaders(other.headers))
  })
})
