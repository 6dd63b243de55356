import { request } from 'node:http'

/** Opens a URL on loopback as a browser does, on a connection of its own, and reads the whole page. */
export function visit(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { agent: false, family: 4 }
    const outgoing = request(url, options, (response) =>
      response.resume().on('end', resolve).on('error', reject),
    )
    outgoing.on('error', reject).end()
  })
}
