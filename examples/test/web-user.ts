/** The page that a user's browser shows. */
export interface Shown {
  readonly status: number
  readonly headers: Headers
  readonly page: string
}

/** A user with their own browser, as a web application sees it: cookies, forms and redirects. */
export class WebUser {
  readonly #origin: string
  #cookie = ''

  constructor(origin: string) {
    this.#origin = origin
  }

  get cookie(): string {
    return this.#cookie
  }

  async open(path: string): Promise<Shown> {
    return this.#send(path, { method: 'GET' })
  }

  /** Sends a form of the application, or of another site. */
  async send(path: string, fields: Record<string, string> = {}, from: string = this.#origin): Promise<Shown> {
    const headers = { origin: from, 'content-type': 'application/x-www-form-urlencoded' }
    return this.#send(path, { method: 'POST', headers, body: new URLSearchParams(fields).toString() })
  }

  /** Starts a login, and returns the link that the page shows. */
  async startLogin(): Promise<string> {
    const { page } = await this.send('/login')
    const href = /href="([^"]+)"/.exec(page)?.[1] ?? ''
    return href.replaceAll('&amp;', '&')
  }

  async #send(path: string, init: RequestInit): Promise<Shown> {
    const headers = { ...(init.headers as Record<string, string>), cookie: this.#cookie }
    const response = await fetch(new URL(path, this.#origin), { ...init, headers, redirect: 'manual' })
    const [cookie] = response.headers.getSetCookie()
    this.#cookie = cookie?.split(';')[0] ?? this.#cookie
    const location = response.headers.get('location')
    if (location !== null) return this.open(location)
    return { status: response.status, headers: response.headers, page: await response.text() }
  }
}
