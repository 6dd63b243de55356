import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import fs from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { TokenSet } from '@anthropic-auth/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startProgram } from '../../test/child-program.ts'
import { bindMount, fillUp, mountMemory, skipUnlessRoot } from '../../test/mounts.ts'
import { temporaryFolder } from '../../test/temporary-folder.ts'
import { createProfileStore, type ProfileStore } from '../profile-store.ts'

let root: string
let path: string
/** The file outside of the container. */
let source: string

beforeEach((context) => {
  skipUnlessRoot(context)
  const folder = temporaryFolder()
  root = join(folder, 'anthropic')
  path = join(root, 'credentials', 'work.json')
  source = join(folder, 'source.json')
  write(source, login('a'))
  write(path, '')
})

afterEach(() => vi.restoreAllMocks())

describe('a credentials file that is a mount point', { timeout: 60_000 }, () => {
  it('is written in place, with shorter and longer tokens', async () => {
    bindMount(source, path)
    const { ino } = statSync(source)
    for (const name of ['b', 'c'.repeat(5000), 'd', 'e'.repeat(300)]) {
      const locked = store()
      await locked.lock(async () => {
        await locked.prepareSave()
        await locked.save(tokens(name))
      })
      expect(JSON.parse(readFileSync(source, 'utf8'))).toMatchObject({ access_token: name })
      expect(await store().load()).toMatchObject({ accessToken: name, refreshToken: `r-${name}` })
      expect(names()).toEqual(['work.json'])
    }
    await store().save(tokens('unprepared'))
    expect(await store().load()).toMatchObject({ accessToken: 'unprepared' })
    expect(statSync(source).ino).toBe(ino)
    expect(names()).toEqual(['work.json'])
  })

  it('is written when it was empty', async () => {
    write(source, '')
    bindMount(source, path)
    await store().prepareSave()
    await store().save(tokens('b'))
    expect(JSON.parse(readFileSync(source, 'utf8'))).toMatchObject({ access_token: 'b' })
  })

  it('is refused by prepareSave() when the mount is read-only', async () => {
    bindMount(source, path, 'ro')
    await expectRefusal('EROFS')
    expect(readFileSync(source, 'utf8')).toBe(login('a'))
  })

  it('is refused by prepareSave() when its own file system is full', async () => {
    const memory = mountMemory(16)
    source = join(memory, 'source.json')
    write(source, login('a'))
    fillUp(memory, 0)
    bindMount(source, path)
    await expectRefusal('ENOSPC')
    expect(readFileSync(source, 'utf8')).toBe(login('a'))
  })

  it('stays whole when its file system is full at the save', async () => {
    const memory = mountMemory(64)
    source = join(memory, 'source.json')
    write(source, login('a'))
    bindMount(source, path)
    const locked = store()
    const saved = locked.lock(async () => {
      await locked.prepareSave()
      fillUp(memory, 0)
      await locked.save(tokens('b'.repeat(8000)))
    })
    await expect(saved).rejects.toMatchObject({
      reason: 'write_failed',
      message: expect.stringMatching(
        /mounted as a single file.*\(ENOSPC\)\. The new tokens are in .*\.inplace: keep/,
      ),
      hint: expect.stringMatching(/^Mount the folder/),
    })
    expect(readFileSync(source, 'utf8')).toBe(login('a'))
    expect(await store().load()).toMatchObject({ accessToken: 'b'.repeat(8000) })
    execFileSync('rm', [join(memory, 'filler')])
    const next = store()
    await next.lock(async () => next.prepareSave())
    expect(JSON.parse(readFileSync(source, 'utf8'))).toMatchObject({ access_token: 'b'.repeat(8000) })
    expect(names()).toEqual(['work.json'])
  })

  it('is refused by prepareSave() when its folder has no room for the leftover', async () => {
    bindMount(mountMemory(16), dirname(path))
    write(path, '')
    bindMount(source, path)
    fillUp(dirname(path), 1)
    await expectRefusal('ENOSPC', ['filler', 'work.json'])
  })

  it('is completed from the leftover when it is half written', async () => {
    bindMount(source, path)
    const next = login('b')
    leave('r-a', next)
    const halves = [
      next.slice(0, 10) + login('a').slice(10),
      `\u0000${next.slice(1)}`,
      `\u0084${next.slice(1, 30)}`,
      login('a') + next.slice(20),
      next.slice(0, -5),
      '',
    ]
    for (const half of halves) {
      write(source, half)
      expect([half, (await store().load())?.accessToken]).toEqual([half, 'b'])
    }
    const locked = store()
    await locked.lock(async () => locked.prepareSave())
    expect(readFileSync(source, 'utf8')).toBe(next)
    expect(names()).toEqual(['work.json'])
  })

  it.each([
    ['a later login', login('z'), 'z'],
    ['the new tokens already', login('b'), 'b'],
  ])('is left alone when it holds %s', async (_what, content, expected) => {
    bindMount(source, path)
    leave('r-a', login('b'))
    write(source, content)
    expect(await store().load()).toMatchObject({ accessToken: expected })
    await store().save(tokens('c'))
    expect(names()).toEqual(['work.json'])
  })

  it('never shows a mixture of old and new to a reader', async () => {
    bindMount(source, path)
    const states: string[] = []
    const { open } = fs
    vi.spyOn(fs, 'open').mockImplementation(async (...args) => {
      const file = await open(...args)
      if (args[0] !== path) return file
      const real = file.write.bind(file)
      const look = async (...written: Parameters<typeof real>) => {
        const result = await real(...written)
        states.push(readFileSync(source, 'utf8'))
        return result
      }
      return Object.assign(file, { write: look })
    })
    await store().save(tokens('b'.repeat(40)))
    const readable = states.filter((state) => isJson(state))
    expect(states.length).toBeGreaterThan(2)
    expect(readable).toEqual([readFileSync(source, 'utf8')])
  })

  it('keeps the login when the process is killed at any step', { timeout: 300_000 }, async () => {
    bindMount(source, path)
    const found: string[] = []
    for (let step = 0, signal: string | null = 'SIGKILL'; signal === 'SIGKILL'; step += 1) {
      await store().save(tokens('first'))
      const ended = await startProgram('dying-save-process.ts', [root, 'work', String(step)]).ended
      ;({ signal } = ended)
      const loaded = await store().load()
      found.push(`${ended.output === 'sent' ? 'sent, ' : ''}${loaded?.accessToken}`)
      const locked = store()
      await locked.lock(async () => locked.prepareSave())
      expect(JSON.parse(readFileSync(source, 'utf8'))).toMatchObject({ access_token: loaded?.accessToken })
    }
    expect([...new Set(found)]).toEqual(['first', 'sent, first', 'sent, second'])
    expect(found.filter((each) => each === 'sent, first')).toHaveLength(3)
  })

  it("holds a mark after remove(), since it can't be removed: that counts as a logout, not as damage", async () => {
    bindMount(source, path)
    await store().remove()
    expect(readFileSync(source, 'utf8')).toBe('{"logged_out":true}\n')
    expect(await store().load()).toBeNull()
    expect(await store().isBlank()).toBe(false)
    await store().prepareSave()
    await store().save(tokens('b'))
    expect(await store().load()).toMatchObject({ accessToken: tokens('b').accessToken })
  })

  it('can be the config file, too', async () => {
    const config = join(root, 'configs', 'work.json')
    const own = join(dirname(source), 'config.json')
    write(config, '')
    write(own, '{"base_url":"https://example.com"}')
    bindMount(own, config)
    await store().prepareSave()
    await store().save(tokens('b'))
    expect(JSON.parse(readFileSync(own, 'utf8'))).toMatchObject({
      base_url: 'https://example.com',
      authentication: { type: 'user_oauth', client_id: 'client' },
    })
    expect(readdirSync(dirname(config))).toEqual(['work.json'])
  })
})

async function expectRefusal(code: string, left: readonly string[] = ['work.json']): Promise<void> {
  const locked = store()
  const expected = { reason: 'write_failed', message: expect.stringContaining(`(${code})`) }
  await expect(locked.prepareSave()).rejects.toMatchObject(expected)
  await expect(locked.lock(async () => locked.prepareSave())).rejects.toMatchObject(expected)
  expect(names()).toEqual(left)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function store(): ProfileStore {
  return createProfileStore({ profile: 'work', configDir: root })
}

function tokens(name: string): TokenSet {
  return TokenSet.fromJSON({ accessToken: name, refreshToken: `r-${name}`, clientId: 'client' })
}

function login(name: string): string {
  return JSON.stringify({ access_token: name, refresh_token: `r-${name}` })
}

/** Leaves `content` like a save that was killed while it wrote the file in place. */
function leave(replaced: string, content: string): void {
  write(`${path}.${digest(replaced)}.${digest(content)}.inplace`, content)
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url')
}

function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, content, { mode: 0o600 })
}

function names(): string[] {
  return readdirSync(dirname(path))
    .filter((name) => !name.includes('.lock'))
    .toSorted()
}
