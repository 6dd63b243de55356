import { describe, expect, it } from 'vitest'
import { withoutBuiltinImports } from './builtin-modules.ts'

describe('withoutBuiltinImports()', () => {
  it('gets the named members of a module', () => {
    expect(withoutBuiltinImports('import { join, sep as separator } from "node:path";')).toBe(
      'const { join, sep: separator } = process.getBuiltinModule("node:path");',
    )
  })

  it.each(['import path from "node:path";', 'import * as path from "node:path";'])(
    'gets the whole module for %s',
    (statement) => {
      expect(withoutBuiltinImports(statement)).toBe('const path = process.getBuiltinModule("node:path");')
    },
  )

  it('loads a slow module when one of its functions is called', () => {
    expect(withoutBuiltinImports('import { createHash, randomBytes as random } from "node:crypto";')).toBe(
      'const createHash = (...args) => process.getBuiltinModule("node:crypto").createHash(...args); const random = (...args) => process.getBuiltinModule("node:crypto").randomBytes(...args);',
    )
  })

  it('loads a slow module when one of its members is read', () => {
    expect(withoutBuiltinImports('import childProcess from "node:child_process";')).toBe(
      'const childProcess = new Proxy({}, { get: (_, key) => process.getBuiltinModule("node:child_process")[key] });',
    )
  })

  it.each(['ChildProcess', 'constants', 'missing'])('refuses the late load of %s', (name) => {
    const module = name === 'constants' ? 'node:crypto' : 'node:child_process'
    expect(() => withoutBuiltinImports(`import { ${name} } from "${module}";`)).toThrow(
      `${name} of ${module} is not a plain function`,
    )
  })

  it('keeps imports of other modules, and all lines', () => {
    const code = ['import { a } from "./a.js";', 'import fs from "node:fs";', 'fs.readFileSync(a);'].join(
      '\n',
    )
    expect(withoutBuiltinImports(code)).toBe(
      'import { a } from "./a.js";\nconst fs = process.getBuiltinModule("node:fs");\nfs.readFileSync(a);',
    )
  })
})
