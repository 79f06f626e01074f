import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const SCRIPT = fileURLToPath(new URL('check-boundaries.mjs', import.meta.url))
// A folder of this name once made every file a test.
const scratch = join(mkdtempSync(join(tmpdir(), 'icrl-boundaries-')), 'scripts')
afterAll(() => rmSync(dirname(scratch), { recursive: true, force: true }))

const manifest = (name: string, ...dependencies: string[]): string =>
  JSON.stringify({
    name: `@icrl/${name}`,
    dependencies: Object.fromEntries(dependencies.map((one) => [`@icrl/${one}`, '*'])),
  })
const picture = (...lines: string[]): string =>
  ['```mermaid', 'flowchart TD', ...lines, '```'].join('\n')

/** Three packages, each import along its arrow. */
const SOUND: Readonly<Record<string, string>> = {
  'docs/architecture.md': picture(
    'subgraph pure [pure: no tensors]',
    'verify --> core',
    'end',
    'trainer[the loop] --> core & verify',
  ),
  'packages/core/package.json': manifest('core'),
  'packages/core/src/index.ts': '/** @example import "@icrl/trainer" */\nexport const one = 1',
  'packages/verify/package.json': manifest('verify', 'core'),
  'packages/verify/src/index.ts': "import type { one } from '@icrl/core'",
  'packages/trainer/package.json': manifest('trainer', 'core', 'verify'),
  'packages/trainer/src/index.ts': "export * from '@icrl/core'\nimport './part.ts'",
  'packages/trainer/src/part.ts': "const part = await import('@icrl/verify')",
}

let workspaces = 0

function check(changes: Readonly<Record<string, string>> = {}): { status: number; output: string } {
  const root = join(scratch, `${workspaces++}`)
  for (const [file, text] of Object.entries({ ...SOUND, ...changes })) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, root], {
    encoding: 'utf8',
  })
  return { status: status ?? 1, output: stdout + stderr }
}

const COMPUTED = "const name = '@icrl/verify'\nexport const loaded = import(name)"

describe('check-boundaries', () => {
  it.each<[string, Record<string, string>]>([
    ['a workspace as drawn', {}],
    ['an import of a computed name', { 'packages/trainer/src/part.ts': COMPUTED }],
    [
      "a test's imports, which need no arrow",
      { 'packages/core/src/index.test.ts': "import '@icrl/trainer'" },
    ],
  ])('passes %s', (_, changes) => {
    const { status, output } = check(changes)
    expect(output).toContain('3 packages, every import along an arrow')
    expect(status).toBe(0)
  })

  it('needs a picture', () => {
    const { status, output } = check({ 'docs/architecture.md': '# Architecture' })
    expect(output).toContain('docs/architecture.md: there is no mermaid block')
    expect(status).toBe(1)
  })

  // All in one workspace, because a start costs a second.
  describe('refuses', () => {
    const undrawn = [
      "import '@icrl/verify'",
      "import type { a } from '@icrl/verify'",
      "export { a } from '@icrl/verify/testing'",
      "await import('@icrl/verify')",
      'await import(`@icrl/verify`)',
      COMPUTED,
    ]
    let result = { status: 0, output: '' }
    beforeAll(() => {
      result = check({
        ...Object.fromEntries(undrawn.map((code, i) => [`packages/core/src/${i}.ts`, code])),
        'packages/core/src/leaves.ts': "import '../../a.ts'",
        'packages/core/src/node.ts': "import 'node:fs'",
        'packages/core/package.json': manifest('core', 'verify'),
        'packages/trainer/package.json': manifest('trainer', 'verify'),
        'packages/trainer/src/part.ts': "// import '@icrl/verify'",
        'packages/trainer/src/part.test.ts': "import '@icrl/verify'",
        'packages/report/package.json': manifest('report'),
        'packages/report/src/index.ts': '',
        'docs/architecture.md': picture(
          'verify --> core',
          'verify -.-> core',
          'trainer --> core & verify & renderer',
        ),
      })
    })

    it.each([
      ...undrawn.map((code, i) => [
        `an import that is not drawn: ${code}`,
        `packages/core/src/${i}.ts: core may not import @icrl/verify`,
      ]),
      ['an arrow along which only a test imports', 'trainer --> verify, but no file imports'],
      ['an arrow to a package that is not there', 'trainer --> renderer, but no file imports'],
      ['a package that is not drawn', 'report is not in the picture'],
      ['a line of the picture that is no arrow', '"verify -.-> core" is no arrow'],
      ['what package.json does not declare', 'trainer/src/index.ts: "@icrl/core" is not among'],
      ['an import out of the package', 'core/src/leaves.ts: "../../a.ts" leaves the package'],
      ["Node's modules where a browser runs", 'core/src/node.ts: "node:fs", but core must run'],
      ['a cycle', 'cycle: @icrl/core → @icrl/verify → @icrl/core'],
    ])('%s', (_, message) => {
      expect(result.output.replaceAll('\\', '/')).toContain(message)
      expect(result.status).toBe(1)
    })
  })
})
