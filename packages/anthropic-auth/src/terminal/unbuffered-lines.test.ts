import { execFile } from 'node:child_process'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../../../profile-store/test/temporary-folder.ts'
import { UnbufferedLines } from './unbuffered-lines.ts'

const PROGRAM = fileURLToPath(new URL('../../test/lines-process.ts', import.meta.url))

function openFile(content: string): number {
  const path = join(temporaryFolder(), 'input')
  writeFileSync(path, content)
  const fd = openSync(path, 'r')
  onTestFinished(() => closeSync(fd))
  return fd
}

describe('UnbufferedLines, of a file', () => {
  it('returns each line, and the last one even without a line break', async () => {
    const lines = new UnbufferedLines(openFile('one\n\nwith ü\r\nlast'))
    expect([await lines.next(), await lines.next(), await lines.next(), await lines.next()]).toEqual([
      'one',
      '',
      'with ü\r',
      'last',
    ])
    expect([await lines.next(), await lines.next()]).toEqual([null, null])
  })

  it('returns the first 8,193 bytes of a longer line, and skips the rest', async () => {
    const lines = new UnbufferedLines(openFile(`${'x'.repeat(8192)}\n${'y'.repeat(60_000)}\nlast`))
    expect(await lines.next()).toBe('x'.repeat(8192))
    expect(await lines.next()).toBe('y'.repeat(8193))
    expect(await lines.next()).toBe('last')
  })

  it('skips at most 64 KiB before it returns more of the same line', async () => {
    const lines = new UnbufferedLines(openFile('x'.repeat(8193 + 65_536 + 1)))
    expect((await lines.next())?.length).toBe(8193)
    expect((await lines.next())?.length).toBe(65_536)
    expect(await lines.next()).toBeNull()
  })

  it('has no lines in a folder', async () => {
    const fd = openSync(temporaryFolder(), 'r')
    onTestFinished(() => closeSync(fd))
    expect(await new UnbufferedLines(fd).next()).toBeNull()
  })
})

describe.skipIf(process.platform === 'win32')(
  'UnbufferedLines, of standard input',
  { timeout: 200_000 },
  () => {
    async function run(script: string, count: number): Promise<string> {
      const command = [process.execPath, '--conditions=@anthropic-auth/source', PROGRAM, String(count)]
      const { stdout } = await promisify(execFile)('sh', ['-c', script, 'sh', ...command], {
        cwd: temporaryFolder(),
      })
      return stdout
    }

    it.each([
      ['a pipe', 'cat input | { "$@"; echo then; cat; }'],
      ['a file', '{ "$@"; echo then; cat; } <input'],
      [
        'a pipe that stays open',
        'mkfifo pipe; exec 3<>pipe; cat input >&3; { "$@"; echo then; head -n 2; } <pipe',
      ],
    ])('reads nothing past the line in %s', async (_what, script) => {
      const output = await run(`printf 'one\\n\\nthree\\nfour\\n' >input; ${script}`, 2)
      expect(output).toBe('"one"\n""\nthen\nthree\nfour\n')
    })

    it.each([
      ['a pipe', "printf 'one\\nlast' | "],
      ['nothing', ': | '],
      ['a device', '</dev/null '],
      ['a closed input', '<&- '],
    ])('ends with %s', async (what, input) => {
      const output = await run(`${input} "$@"`, 4)
      expect(output).toBe(what === 'a pipe' ? '"one"\n"last"\nnull\nnull\n' : 'null\n'.repeat(4))
    })

    it('waits for a line that arrives in pieces, and returns lines of any length', async () => {
      const script = `{ printf o; sleep 0.1; printf 'ne\\ntw'; sleep 0.1; echo o; head -c 9000 /dev/zero; echo; } | "$@"`
      expect(await run(script, 4)).toBe('"one"\n"two"\n8193\nnull\n')
    })
  },
)
