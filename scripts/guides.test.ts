import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { outsideNpm } from './outside-npm.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = (name: string): string => readFileSync(join(root, `docs/${name}.md`), 'utf8')
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, code]) => code)
const commandsOf = (text: string): string[] =>
  blocks(text, 'sh').flatMap((block) => block.trim().split('\n'))

const made: string[] = []
afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })))

/** A project beside the clone: empty, but for the packages, which are the repository's sources. */
function emptyProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'icrl-project-'))
  made.push(folder)
  // Not the "commonjs" of npm init: Node's require takes built packages, but no sources.
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** Writes the blocks of a page that begin with the name of their file. */
function writeFiles(folder: string, text: string): string[] {
  return blocks(text, 'ts').flatMap((block) => {
    const [, name, code] = /^\/\/ (\S+\.ts)\n([^]*)$/.exec(block) ?? []
    if (name) writeFileSync(join(folder, name), code)
    return name ?? []
  })
}

/** What `cp -r ../icrl/A ../icrl/B.jsonl .` copies; every file that is named must be there. */
function copy(folder: string, command: string): void {
  for (const from of command.match(/(?<=\.\.\/icrl\/)\S+/g)!) {
    const [, parent, ending] = /^(.*)\/\*(\.\w+)$/.exec(from) ?? []
    const paths = parent
      ? readdirSync(join(root, parent))
          .filter((name) => name.endsWith(ending))
          .map((name) => join(parent, name))
      : [from]
    expect(paths, command).not.toEqual([])
    for (const path of paths)
      cpSync(join(root, path), join(folder, path.split('/').at(-1)!), { recursive: true })
  }
}

/** Runs `npx icrl …` and `npx tsx …` of a page, by the repository's own. */
function run(folder: string, command: string, ...more: string[]): Promise<[number, string]> {
  const [, program, ...args] = command.replace(/ +#.*$/, '').split(' ')
  const start = {
    icrl: [join(root, 'packages/cli/bin/icrl.js')],
    tsx: ['--import', 'tsx'],
    vitest: [join(root, 'node_modules/vitest/vitest.mjs')],
  }[program]
  expect(start, `${command} is a command of this test`).toBeDefined()
  const env = {
    ...outsideNpm(),
    CI: 'true',
    NO_COLOR: '1',
    ICRL_THREADS: '1',
    NODE_OPTIONS: '--conditions=@icrl/source',
  }
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [...start!, ...args, ...more],
      { cwd: folder, env, timeout: 110_000 },
      (error, stdout, stderr) =>
        resolve([error ? Number(error.code ?? 1) : 0, `${stdout}${stderr}`]),
    )
    child.stdin!.end()
  })
}

/** A page's commands of these programs, each run in the folder, training for a step alone. */
async function follow(folder: string, commands: readonly string[]): Promise<void> {
  for (const command of commands) {
    const steps = command.startsWith('npx icrl train') ? ['--steps', '1', '--quiet'] : []
    const [code, output] = await run(folder, command, ...steps)
    expect(code, `${command}\n${output}`).toBe(0)
  }
}

/** The first block of TypeScript after "Save this as `NAME`" in a page. */
function saveThis(folder: string, text: string): void {
  const [, name, code] = /Save this as `(\S+)`[^]*?```ts\n([^]*?)```/.exec(text)!
  writeFileSync(join(folder, name), code)
}

describe.skipIf(process.platform === 'win32')('in an empty project', { timeout: 120_000 }, () => {
  it('Start, section 2: your own file', async () => {
    const [, section] = /\n## 2\.[^\n]*\n([^]*?)\n## 3\./.exec(page('start'))!
    const commands = commandsOf(section)
    const folder = emptyProject()
    copy(
      folder,
      commands.find((line) => line.startsWith('cp '))!,
    )
    saveThis(folder, section)
    await follow(
      folder,
      commands.filter((line) => line.startsWith('npx icrl')),
    )
    const summary = JSON.parse(readFileSync(join(folder, 'runs/first/summary.json'), 'utf8'))
    expect(summary).toMatchObject({ method: 'icrl', steps: 1 })
    expect(existsSync(join(folder, 'runs/first/report.html'))).toBe(true)
  })

  it('Your own environment', async () => {
    const text = page('your-own-environment')
    const commands = commandsOf(text)
    const folder = emptyProject()
    copy(
      folder,
      commands.find((line) => line.startsWith('cp '))!,
    )
    expect(writeFiles(folder, text)).toEqual(['guessing.ts', 'run.config.ts', 'guessing.test.ts'])
    await follow(
      folder,
      commands.filter((line) => line.startsWith('npx icrl')),
    )
    expect(existsSync(join(folder, 'runs/my-environment/report.html'))).toBe(true)
  })

  it('Your own method, after Start', async () => {
    const start = page('start')
    const text = page('your-own-method')
    const folder = emptyProject()
    copy(
      folder,
      commandsOf(start).find((line) => line.startsWith('cp '))!,
    )
    saveThis(folder, start)
    expect(writeFiles(folder, text)).toEqual(['spo.ts', 'spo.test.ts'])
    const config = readFileSync(join(folder, 'run.config.ts'), 'utf8')
    const [recipe] = blocks(text, 'js')
    writeFileSync(
      join(folder, 'spo.config.ts'),
      config
        .replace("import { icrl } from '@icrl/recipes'", "import { spo } from './spo.ts'")
        .replace(/recipe: icrl\([^]*?\n {2}\}\),\n/, recipe),
    )
    const commands = commandsOf(text)
    const training = commands.findIndex((line) => line.startsWith('npx icrl train'))
    await follow(folder, commands.slice(0, training + 1))
    expect(readFileSync(join(folder, 'runs/spo/config.json'), 'utf8')).toMatch(/"range": ?0\.2/)
  })

  it('Train the agent you already have', async () => {
    const text = page('train-the-agent-you-have')
    const [init, test, , , train] = commandsOf(text)
    const folder = emptyProject()
    await follow(folder, [init])
    expect(readdirSync(join(folder, 'my-agent')).sort()).toEqual([
      'agent.test.ts',
      'agent.ts',
      'held-out.jsonl',
      'run.config.ts',
      'train.jsonl',
    ])
    await follow(folder, [test.replace('my-agent/*.test.ts', 'my-agent/agent.test.ts')])
    // In place of the model of the hub, a tiny one that spells what it does not know.
    const model = join(root, 'examples/agentic-tiny/model')
    const small = ['--model', model, '--steps', '1', '--tasks-per-step', '2', '--quiet']
    const [code, output] = await run(folder, train, ...small)
    expect(code, output).toBe(0)
    expect(existsSync(join(folder, 'runs/my-agent/report.html'))).toBe(true)
  })
})
