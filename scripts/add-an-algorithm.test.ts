import { execFile } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { outsideNpm } from './outside-npm.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const guide = readFileSync(join(root, 'docs/add-an-algorithm.md'), 'utf8')
const blocks = (language: string): string[] =>
  [...guide.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, code]) => code)

/** The guide's files, as the reader writes them. */
const steps = blocks('ts').map((code) => {
  const [, path, note] = /^\/\/ (\S+)(.*)\n/.exec(code)!
  return { path, appended: note.includes('one more line'), code: code.replace(/^.*\n/, '') }
})
const [, changeset] = /`(\.changeset\/\S+\.md)`/.exec(guide)!
const written = steps.map(({ path }) => path).filter((path) => !path.endsWith('index.ts'))
const commands = blocks('sh').flatMap((code) => code.trim().split(/\n| && /))

/**
 * What commands of the guide check of what the guide changed, in as few processes as can be: the
 * rest is checked elsewhere. `check-examples` compiles the guide's files in the suite itself.
 */
const NARROWED: Readonly<Record<string, readonly string[]>> = {
  'npx vitest run scripts/exports.test.ts -u': [
    "npx vitest run scripts/exports.test.ts -u -t '^(objective|recipes|methods) '",
  ],
  'npx vitest run packages/objective/src/spo.test.ts': [],
  'npx vitest run packages/objective packages/recipes packages/methods': [
    'npx vitest run packages/objective/src/spo.test.ts packages/recipes/src/spo.test.ts packages/methods/src/rejection-tuning.test.ts',
  ],
  'node scripts/check-examples.mjs': process.env.ICRL_FULL
    ? [
        'node scripts/check-examples.mjs packages/objective packages/recipes packages/methods docs/add-an-algorithm.md',
      ]
    : [],
  // Types are those of the examples: check-examples compiles these very files.
  'npm test': [
    'node scripts/format.mjs --check',
    'npx oxlint packages/objective packages/recipes packages/methods',
  ],
}

const scratch = mkdtempSync(join(tmpdir(), 'icrl-guide-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** A clone whose dependencies are ours and whose packages are its own. */
function clone(): void {
  const leftOut = ['dist', 'build', 'prebuilds', '.turbo', 'site']
  const filter = (path: string): boolean => !leftOut.includes(basename(path))
  const top = readdirSync(root).filter((name) => !['node_modules', '.git', 'runs'].includes(name))
  for (const name of top.filter((one) => !['examples', 'bench'].includes(one)))
    cpSync(join(root, name), join(scratch, name), {
      recursive: true,
      verbatimSymlinks: true,
      filter,
    })
  cpSync(join(root, 'bench/probe'), join(scratch, 'bench/probe'), { recursive: true })
  linkModules('node_modules')
}

function linkModules(folder: string): void {
  mkdirSync(join(scratch, folder))
  for (const name of readdirSync(join(root, folder))) {
    const [from, to] = [join(root, folder, name), join(scratch, folder, name)]
    if (lstatSync(from).isSymbolicLink()) symlinkSync(readlinkSync(from), to)
    else if (name.startsWith('@')) linkModules(join(folder, name))
    else if (name === '.pnpm' || name === '.bin') symlinkSync(from, to)
  }
}

function follow(): void {
  for (const { path, appended, code } of steps)
    (appended ? appendFileSync : writeFileSync)(join(scratch, path), code)
  writeFileSync(join(scratch, changeset), blocks('md')[0])
}

function start(line: string): Promise<{ code: number; output: string }> {
  const env = { ...outsideNpm(), CI: 'true', NO_COLOR: '1', ICRL_THREADS: '1' }
  return new Promise((resolve) => {
    execFile('sh', ['-c', line], { cwd: scratch, env, timeout: 100_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: `${stdout}${stderr}` }),
    )
  })
}

describe.skipIf(process.platform === 'win32')(
  'docs/add-an-algorithm.md, followed to the letter',
  { timeout: 120_000 },
  () => {
    beforeAll(() => {
      clone()
      follow()
    })

    it('writes an objective, a recipe, a program and their tests', () => {
      expect(written.map((path) => dirname(dirname(path)))).toEqual([
        'packages/objective',
        'packages/objective',
        'packages/recipes',
        'packages/recipes',
        'packages/methods',
        'packages/methods',
      ])
      expect(blocks('md')).toHaveLength(1)
    })

    it.each(commands.flatMap((command) => NARROWED[command] ?? [command]))(
      '%s',
      async (command) => {
        const { code, output } = await start(command)
        expect(code, output).toBe(0)
      },
    )

    it.each(steps)('$path declares its exports without inference', ({ path }) => {
      const { diagnostics } = ts.transpileDeclaration(readFileSync(join(scratch, path), 'utf8'), {
        compilerOptions: { declaration: true, isolatedDeclarations: true },
        reportDiagnostics: true,
      })
      expect(diagnostics).toEqual([])
    })

    it('adds one name to each of three snapshots', () => {
      const file = 'scripts/__snapshots__/exports.test.ts.snap'
      const [before, after] = [root, scratch].map((folder) =>
        readFileSync(join(folder, file), 'utf8').split('\n'),
      )
      expect(after.length - before.length).toBe(3)
      expect(after).toContain('  "rejectionTuning",')
      expect(after.filter((line) => line === '  "spo",')).toHaveLength(2)
    })

    it('names only commands that are there', () => {
      expect(Object.keys(NARROWED).filter((command) => !commands.includes(command))).toEqual([])
    })
  },
)
