import { EventEmitter } from 'node:events'
import type { ReadStream } from 'node:tty'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { TerminalInput } from './terminal-input.ts'

const START = '\u001B[200~'
const END = '\u001B[201~'
const CTRL_C = '\u0003'
const LEFT = '\u001B[D'

/** A terminal whose input the test types. */
class Keyboard extends EventEmitter {
  isRaw = false
  isPaused = true

  setRawMode(isRaw: boolean): this {
    this.isRaw = isRaw
    return this
  }

  resume(): this {
    this.isPaused = false
    return this
  }

  pause(): this {
    this.isPaused = true
    return this
  }

  type(...chunks: readonly string[]): void {
    for (const chunk of chunks) this.emit('data', Buffer.from(chunk))
  }
}

let keyboard: Keyboard
let input: TerminalInput
/** The input that the prompt received: texts, keys in angle brackets, and `enter` or `too long`. */
let events: string[]
let line: string

beforeEach(async () => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'],
  })
  keyboard = new Keyboard()
  input = new TerminalInput(keyboard as unknown as ReadStream)
  input.on('data', (key: Buffer) => events.push(`<${key.toString().replaceAll('\u001B', 'ESC')}>`))
  ;[events, line] = [[], '']
  // A stream begins to flow at the next tick.
  await new Promise((resolve) => process.nextTick(resolve))
})

afterEach(() => {
  vi.useRealTimers()
})

function listen(): () => void {
  return input.listen({
    room: () => 8192 - line.length,
    onText: (text) => {
      line += text
      events.push(text)
    },
    onEnter: () => events.push('enter'),
    onTooLong: () => {
      line = ''
      events.push('too long')
    },
  })
}

/** Advances the clock and lets the event loop turn, which takes another millisecond of the fake clock. */
function pass(ms: number): void {
  vi.advanceTimersByTime(ms)
  vi.advanceTimersByTime(1)
}

describe('TerminalInput', () => {
  it('passes text to the prompt and keys to readline, in order', () => {
    listen()
    keyboard.type(`half${LEFT}${LEFT}!`, '\u007F', 'ü', '\u001BOH', '\u0015')
    expect(events).toEqual(['half', '<ESC[D>', '<ESC[D>', '!', '<\u007F>', 'ü', '<ESCOH>', '<\u0015>'])
  })

  it('discards input that came before the prompt listened', () => {
    keyboard.type('early\r')
    pass(1000)
    listen()
    keyboard.type('on time')
    expect(events).toEqual(['on time'])
  })

  it('understands characters and sequences that arrive in pieces', () => {
    listen()
    const [first = 0, second = 0] = Buffer.from('ü')
    keyboard.emit('data', Buffer.from([first]))
    keyboard.emit('data', Buffer.from([second]))
    keyboard.type('\u001B', '[', 'D', '\u001B[1;5', 'C', '\u001B[20', '0~pasted\u001B[2', '01~!')
    expect(events).toEqual(['ü', '<ESC[D>', '<ESC[1;5C>', 'pasted', '!'])
  })

  it('passes on the Escape key when nothing follows it', () => {
    listen()
    keyboard.type('\u001B')
    expect(events).toEqual([])
    pass(50)
    expect(events).toEqual(['<ESC>'])
    keyboard.type('x')
    expect(events).toEqual(['<ESC>', 'x'])
  })

  it('treats Enter as Enter when nothing follows it', () => {
    listen()
    keyboard.type('code\r')
    pass(48)
    expect(events).toEqual(['code'])
    pass(1)
    expect(events).toEqual(['code', 'enter'])
    keyboard.type('\n')
    pass(50)
    expect(events).toEqual(['code', 'enter', 'enter'])
  })

  it('treats a line break before more text as part of a paste, even on a busy machine', () => {
    listen()
    keyboard.type('one\r\ntwo\r')
    vi.advanceTimersToNextTimer()
    keyboard.type('three\r')
    pass(50)
    expect(events).toEqual(['onetwo', 'three', 'enter'])
  })

  it.each([
    ['with markers', START, END],
    ['without markers', '', ''],
  ])(
    'joins the lines of a paste, and removes invisible characters around the breaks: %s',
    (_how, start, end) => {
      listen()
      keyboard.type(`${start}ab \r\n  cd\t\u200B\r\u00A0\uFEFFef\n\n#gh${end}`)
      pass(50)
      expect(events).toEqual(['abcdef#gh'])
    },
  )

  it('passes a paste on at once, with the spaces inside its lines unchanged', () => {
    listen()
    keyboard.type(`${START}two `, `words\r${END}`)
    expect(events).toEqual(['two words'])
    keyboard.type(' ')
    expect(events).toEqual(['two words', ' '])
  })

  it('never passes a control character on as text', () => {
    listen()
    keyboard.type(`${START}a\u001B[2Jb\u0007c\u009Bd\te\u0000${END}`)
    expect(events).toEqual(['a\uFFFD[2Jb\uFFFDc\uFFFDd e\uFFFD'])
  })

  it('ends a marked paste whose end is lost after a second', () => {
    listen()
    keyboard.type(`${START}code`)
    pass(998)
    expect(events).toEqual([])
    pass(1)
    keyboard.type('!')
    expect(events).toEqual(['code', '!'])
  })

  it.each([
    ['with markers', START, END],
    ['without markers', '', ''],
  ])('accepts 8,192 characters, and refuses more at once: %s', (_how, start, end) => {
    listen()
    keyboard.type(`${start}${'x'.repeat(8192)}${end}`)
    expect(events).toEqual(['x'.repeat(8192)])
    keyboard.type(`${start}y${end}`)
    expect(events.slice(1)).toEqual(['too long'])
  })

  it('counts the characters that are already on the line', () => {
    listen()
    keyboard.type('abc', `${START}${'x'.repeat(8190)}${END}`)
    expect(events).toEqual(['abc', 'too long'])
  })

  it('discards the rest of a marked paste that is too long, up to its end', () => {
    listen()
    keyboard.type(START + 'x'.repeat(4000), 'x'.repeat(4000), 'x'.repeat(4000))
    expect(events).toEqual(['too long'])
    keyboard.type('\rcode\r', 'x'.repeat(60_000), `x\u001B[20`, `1~code\r`)
    pass(50)
    expect(events).toEqual(['too long', 'code', 'enter'])
  })

  it('discards the rest of other text that is too long, until the input pauses', () => {
    listen()
    keyboard.type('x'.repeat(9000), '\rcode\r')
    for (const part of ['\r', 'code', '\r', '\r\r']) {
      pass(498)
      keyboard.type(part)
    }
    pass(500)
    expect(events).toEqual(['too long'])
    keyboard.type('code\r')
    pass(50)
    expect(events).toEqual(['too long', 'code', 'enter'])
  })

  it('accepts a new paste at once after a paste that was too long', () => {
    listen()
    keyboard.type('x'.repeat(9000), `${START}code${END}`)
    keyboard.type(START + 'x'.repeat(9000), `${START}code${END}`)
    expect(events).toEqual(['too long', 'code', 'too long', 'code'])
  })

  it('passes Ctrl-C on at any time, and discards the input that came with it', () => {
    for (const begin of ['', 'half', START, `${START}half`, 'x'.repeat(9000), START + 'x'.repeat(9000)]) {
      line = ''
      listen()
      keyboard.type(begin, `more${CTRL_C}and more`)
      expect(events.at(-1)).toBe(`<${CTRL_C}>`)
    }
  })

  it('takes time that grows linearly with the length', () => {
    listen()
    for (const text of [
      'x',
      '\r',
      '\r\n',
      ' ',
      ' \r',
      START,
      START + END,
      '\u001B',
      '\u001B[',
      'x\u001B[D',
    ]) {
      keyboard.type(text.repeat(200_000), text.repeat(200_000))
      pass(1000)
    }
    expect(events.length).toBeGreaterThan(0)
  })

  it('ends when the terminal does', async () => {
    const ended = new Promise((resolve) => input.once('end', resolve))
    keyboard.emit('error', new Error('EIO'))
    keyboard.emit('close')
    keyboard.type('x')
    await ended
    expect(events).toEqual([])
  })
})

describe('TerminalInput.settle()', () => {
  it('stops at once when no input arrives', async () => {
    listen()()
    await input.settle()
    expect(keyboard.isPaused).toBe(true)
    expect(['data', 'end', 'close', 'error'].map((event) => keyboard.listenerCount(event))).toEqual([
      0, 0, 0, 0,
    ])
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    ['a marked paste', START + 'x'.repeat(100)],
    ['a marked paste that is too long', START + 'x'.repeat(9000)],
    ['other text that is too long', 'x'.repeat(9000)],
  ])('discards the rest of %s first', async (_what, begin) => {
    const stop = listen()
    keyboard.type(begin)
    stop()
    const given = events.length
    const settled = vi.fn<() => void>()
    const settling = input.settle().then(settled)
    for (let part = 0; part < 3; part++) {
      await vi.advanceTimersByTimeAsync(499)
      expect([keyboard.isRaw, keyboard.isPaused]).toEqual([true, false])
      keyboard.type('\rmore')
    }
    expect(settled).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(501)
    await settling
    expect([keyboard.isRaw, keyboard.isPaused]).toEqual([false, true])
    expect(events).toHaveLength(given)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not wait for more than two seconds', async () => {
    listen()
    keyboard.type('x'.repeat(9000))
    const settling = input.settle()
    for (let part = 0; part < 20; part++) {
      await vi.advanceTimersByTimeAsync(100)
      keyboard.type('\rmore')
    }
    await settling
    expect(keyboard.isPaused).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('discards the input that came with Ctrl-C', async () => {
    const stop = listen()
    keyboard.type(`x${CTRL_C}`)
    stop()
    const settling = input.settle()
    keyboard.type('\rmore')
    await vi.advanceTimersByTimeAsync(501)
    await settling
    expect(events).toEqual([`<${CTRL_C}>`])
  })

  it('ends with the terminal', async () => {
    listen()
    keyboard.type(START)
    const settling = input.settle()
    keyboard.emit('end')
    await settling
    expect(vi.getTimerCount()).toBe(0)
  })
})
