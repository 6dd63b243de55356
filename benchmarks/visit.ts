import { request } from 'node:http'

/** Opens a URL on loopback on a new connection, as a browser does, and reads the whole page. */
export function visit(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { agent: false, family: 4 }
    const outgoing = request(url, options, (response) =>
      response.resume().on('end', resolve).on('error', reject),
    )
    outgoing.on('error', reject).end()
  })
}
