// Loaded before the tool, for the pictures of the documentation: its output must be the same in each run.
const { at, emulator } = JSON.parse(process.env['PICTURE_STAGE'] ?? '') as {
  /** The time, in milliseconds since 1970; `null`: the real one. */
  readonly at: number | null
  /** The server that stands in for Anthropic's hosts. */
  readonly emulator: string
}

const { fetch: send, Date: RealDate } = globalThis
const HOSTS = /^https:\/\/(?:api\.anthropic|platform\.claude)\.com/
globalThis.fetch = async (input, init) =>
  send(typeof input === 'string' ? input.replace(HOSTS, emulator) : input, init)

if (at !== null) stopClock(at)

function stopClock(time: number): void {
  globalThis.Date = class extends RealDate {
    constructor(value: string | number | Date = time) {
      super(value)
    }

    static override now(): number {
      return time
    }
  } as DateConstructor
}

Object.defineProperty(process.versions, 'node', { value: '24.14.0' })
