// These functions run in the browser: the page contains their source, so they may use each other and nothing else.

function byId(id: string): HTMLElement | null {
  return document.getElementById(id)
}

function parseHtml(html: string): readonly Element[] {
  const template = document.createElement('template')
  template.innerHTML = html
  return [...template.content.children]
}

/** Keeps what the user has opened and where the focus is, while `change` replaces content. */
function keepPlace(change: () => void): void {
  const opened = [...document.querySelectorAll('details[open][id]')].map(({ id }) => id)
  const focused = document.activeElement
  const section = focused?.closest('section') ?? null
  change()
  for (const id of opened) byId(id)?.setAttribute('open', '')
  if (focused === null || focused.isConnected) return
  const summary = focused.tagName === 'SUMMARY' ? focused.parentElement?.id : focused.id
  const again = summary === undefined || summary === '' ? null : byId(summary)
  const target = again?.tagName === 'DETAILS' ? again.querySelector('summary') : again
  const heading = section?.querySelector('h2')
  heading?.setAttribute('tabindex', '-1')
  const fallback = heading instanceof HTMLElement ? heading : null
  ;(target ?? fallback)?.focus({ preventScroll: true })
}

/** Replaces the content of the elements with the same ids. */
function showContent(html: string): void {
  keepPlace(() => {
    for (const element of parseHtml(html)) {
      const present = byId(element.id)
      if (present !== null && present.innerHTML !== element.innerHTML) {
        present.replaceChildren(...element.childNodes)
      }
    }
  })
  countDown()
}

/** Adds new requests to their groups, and replaces those that have changed. */
function showRows(html: string): void {
  const groups = parseHtml(html)
  const text = groups[0]?.querySelector('li:last-child summary')?.textContent ?? ''
  keepPlace(() => {
    for (const group of groups) showGroup(group)
    for (const old of [...document.querySelectorAll('#requests li')].slice(0, -300)) old.remove()
    for (const group of document.querySelectorAll('.group:not(:has(li))')) group.remove()
  })
  say('announcement', text.replaceAll(/\s+/g, ' '))
}

/** The newest login stands first, and the requests of no login last. */
function showGroup(group: Element): void {
  const items = [...group.querySelectorAll('li')]
  for (const { id } of items) if (byId(id)?.closest('.group')?.id !== group.id) byId(id)?.remove()
  const present = byId(group.id)
  if (present === null) {
    const number = ({ dataset }: HTMLElement): number => Number(dataset['login'])
    const others = [...document.querySelectorAll<HTMLElement>('.group')]
    const next = others.find((other) => group instanceof HTMLElement && number(other) < number(group))
    byId('requests')?.insertBefore(group, next ?? null)
    return
  }
  present.querySelector('h3')?.replaceWith(...group.querySelectorAll('h3'))
  for (const item of items) showItem(item, present.querySelector('ol'))
}

function showItem(item: Element, list: Element | null): void {
  const old = byId(item.id)
  if (old !== null) return old.replaceWith(item)
  const number = ({ id }: Element): number => Number(id.split('-')[1])
  const next = [...(list?.children ?? [])].find((other) => number(other) > number(item))
  list?.insertBefore(item, next ?? null)
}

function countDown(): void {
  const page = document.querySelector<HTMLElement>('[data-now]')
  const now = Number(page?.dataset['now']) + performance.now()
  for (const element of document.querySelectorAll<HTMLElement>('[data-until]')) {
    const seconds = Math.ceil((Number(element.dataset['until']) - now) / 1000)
    element.textContent = seconds <= 0 ? 'over' : `ends in ${durationText(seconds)}`
  }
}

function durationText(seconds: number): string {
  const [days, hours] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24]
  const minutes = Math.floor(seconds / 60) % 60
  if (days > 0) return `${days} d ${hours} h`
  if (hours > 0) return `${hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
}

function say(id: string, text: string): void {
  const element = byId(id)
  if (element !== null) element.textContent = text
}

async function submit(event: SubmitEvent): Promise<void> {
  const form = event.target
  if (!(form instanceof HTMLFormElement)) return
  event.preventDefault()
  const body = new URLSearchParams()
  for (const [name, value] of new FormData(form, event.submitter)) {
    if (typeof value === 'string') body.append(name, value)
  }
  try {
    // Not `form.action`: that is the button with this name.
    const response = await fetch(form.getAttribute('action') ?? '', {
      method: 'POST',
      body,
      redirect: 'manual',
    })
    const isDone = response.type === 'opaqueredirect'
    say('message', isDone ? '' : await response.text())
  } catch {
    say('message', 'The emulator does not respond.')
  }
}

async function copy(event: Event): Promise<void> {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-copy]') : null
  if (button === null) return
  try {
    await navigator.clipboard.writeText(button.previousElementSibling?.textContent ?? '')
    button.textContent = 'Copied'
  } catch {
    button.textContent = 'Not allowed'
  }
  setTimeout(() => (button.textContent = 'Copy'), 2000)
}

function follow(): void {
  const events = new EventSource('/inspector/events')
  events.addEventListener('content', ({ data }: MessageEvent<string>) => showContent(data))
  events.addEventListener('rows', ({ data }: MessageEvent<string>) => showRows(data))
  events.addEventListener('open', () => say('connection', 'live'))
  events.addEventListener('error', () => say('connection', 'not connected, trying again'))
}

function start(): void {
  for (const button of document.querySelectorAll<HTMLElement>('[data-copy]')) button.hidden = false
  document.addEventListener('submit', (event) => void submit(event))
  document.addEventListener('click', (event) => void copy(event))
  setInterval(countDown, 1000)
  countDown()
  follow()
}

const FUNCTIONS = [
  byId,
  parseHtml,
  keepPlace,
  showContent,
  showRows,
  showGroup,
  showItem,
  countDown,
  durationText,
  say,
  submit,
  copy,
  follow,
  start,
]

/** The text of the page's script. */
export const INSPECTOR_SCRIPT: string = `${FUNCTIONS.map(String).join('\n')}\n${start.name}()`
