import { connect } from 'node:net'
import { startCallbackServer } from '../src/index.ts'

// Prints which logins differ while Object.prototype has another member. The argument is the JSON of the members' names.

const STATE = 'Zq3vN8-kT0yLw_5RbX1mUe7GdHc2JsPfAo4iK9tVxW6'
const VALUES: readonly unknown[] = ['evil', 1, null, {}, ['evil'], () => 'evil']

/** Options with a getter, as in a class. */
class Options {
  get state(): string {
    return STATE
  }
}

/** The member that is in Object.prototype while `work` runs. */
type Pollution = readonly [name: string, value: unknown] | null

async function polluted<T>(pollution: Pollution, work: () => Promise<T>): Promise<T> {
  if (pollution === null) return work()
  const [name, value] = pollution
  Reflect.defineProperty(Object.prototype, name, { value, configurable: true, writable: true })
  try {
    return await work()
  } finally {
    Reflect.deleteProperty(Object.prototype, name)
  }
}

/** Connects without the pollution, because Node's sockets read some of these members. */
async function logIn(options: Options, pollution: Pollution): Promise<string> {
  const server = await polluted(pollution, async () => startCallbackServer(options))
  const socket = connect(server.port, '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  const { host } = new URL(server.redirectUri)
  const [response, received] = await polluted(pollution, async () => {
    const data = new Promise<unknown>((resolve) => socket.once('data', resolve))
    socket.write(`GET /callback?code=a-code&state=${STATE} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    return [await data, await server.waitForCallback()] as const
  })
  await server.close()
  const redirectUri = server.redirectUri.replace(String(server.port), 'port')
  return JSON.stringify([redirectUri, received, String(response).split('\r\n', 1)])
}

const problems: unknown[] = []
const expected = await logIn(new Options(), null)
for (const name of JSON.parse(process.argv[2] ?? '[]') as readonly string[]) {
  for (const value of VALUES) {
    for (const options of [new Options(), { state: STATE }]) {
      const got = await logIn(options, [name, value]).catch(String)
      if (got !== expected) problems.push([name, typeof value, got])
    }
  }
}
process.stdout.write(JSON.stringify({ expected, problems }))
