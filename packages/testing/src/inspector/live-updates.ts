import { html } from 'hono/html'
import type { Markup } from '../pages/page.ts'
import type { LogEntry } from '../request-log.ts'
import type { InspectedServer } from './inspected-server.ts'
import { panelsView } from './inspector-page.ts'
import { requestGroups, requestsView } from './request-groups.ts'

/** Several changes within this time are sent together. */
const COLLECT_MS = 50
/** Changes without a request, such as `emulator.endLogins()`, are looked for this often. */
const LOOK_MS = 1000

type Send = (text: string) => void

/** Sends the page what has changed, as server-sent events with markup. It does nothing while no page is open. */
export class LiveUpdates {
  readonly #server: InspectedServer
  readonly #pages = new Set<Send>()
  readonly #changed = new Set<LogEntry>()
  #isCollecting = false
  #panels = ''
  #look: NodeJS.Timeout | null = null

  constructor(server: InspectedServer) {
    this.#server = server
  }

  /** Responds with a stream that begins with everything, and goes on with the changes. */
  subscribe(): Response {
    const encoder = new TextEncoder()
    let send: Send | null = null
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: async (controller) => {
        send = (text) => controller.enqueue(encoder.encode(text))
        send(await eventOf('content', this.#everything()))
        this.#add(send)
      },
      cancel: () => this.#remove(send),
    })
    return new Response(stream, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } })
  }

  /** Sends everything to all pages, as after an action. */
  async sendAll(): Promise<void> {
    this.#changed.clear()
    this.#broadcast(await eventOf('content', this.#everything()))
  }

  #add(send: Send): void {
    this.#pages.add(send)
    this.#server.log.onChange = (entry) => this.#collect(entry)
    this.#look ??= setInterval(() => void this.#sendChanges(), LOOK_MS).unref()
  }

  #remove(send: Send | null): void {
    if (send !== null) this.#pages.delete(send)
    if (this.#pages.size > 0) return
    this.#server.log.onChange = null
    this.#changed.clear()
    if (this.#look !== null) clearInterval(this.#look)
    this.#look = null
  }

  #collect(entry: LogEntry): void {
    this.#changed.add(entry)
    if (this.#isCollecting) return
    this.#isCollecting = true
    setTimeout(() => void this.#sendChanges(), COLLECT_MS).unref()
  }

  async #sendChanges(): Promise<void> {
    this.#isCollecting = false
    const entries = [...this.#changed]
    this.#changed.clear()
    if (entries.length > 0) this.#broadcast(await eventOf('rows', requestGroups(entries, this.#server)))
    const panels = await eventOf('content', panelsView(this.#server))
    if (panels === this.#panels) return
    this.#panels = panels
    this.#broadcast(panels)
  }

  #everything(): Markup {
    return html`<div id="requests">${requestsView(this.#server)}</div>
      ${panelsView(this.#server)}`
  }

  #broadcast(text: string): void {
    for (const send of this.#pages) send(text)
  }
}

/** An event whose data has several lines: each needs its field name. */
async function eventOf(name: string, view: Markup): Promise<string> {
  const data = String(await view).replaceAll(/\r\n?|\n/g, '\ndata: ')
  return `event: ${name}\ndata: ${data}\n\n`
}
