import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { OPTIONAL_TOOLS, isInstalled, missingTools } from './optional-tool.ts'

describe('missingTools()', () => {
  const tool = { tests: 'tests of it', debianPackage: 'a-tool' }

  it('says which tests are not run, why, and how to run them', () => {
    expect(missingTools([{ ...tool, command: '/nowhere/tool' }])).toEqual([
      'not run: tests of it (no /nowhere/tool; apt-get install a-tool)',
    ])
  })

  it('says which tests are not run without strace', () => {
    expect(missingTools(OPTIONAL_TOOLS, '/nowhere')).toContain(
      'not run: fault injection tests of packages (no strace; apt-get install strace)',
    )
  })

  it("doesn't mention an installed tool", () => {
    expect(missingTools([{ ...tool, command: process.execPath }])).toEqual([])
    expect(missingTools([{ ...tool, command: 'node' }], `/nowhere:${dirname(process.execPath)}`)).toEqual([])
  })
})

describe('isInstalled()', () => {
  it('finds a program by its absolute path, or by its name on PATH', () => {
    expect(isInstalled(process.execPath)).toBe(true)
    expect(isInstalled('node', dirname(process.execPath))).toBe(true)
  })

  it('finds no program elsewhere', () => {
    expect(isInstalled('/nowhere/node')).toBe(false)
    expect(isInstalled('node', '/nowhere:/neither')).toBe(false)
  })
})
