import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { outsideNpm } from './outside-npm.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const scripts: Record<string, string> = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
).scripts
const scratch = mkdtempSync(join(tmpdir(), 'icrl-scripts-'))
const programs = join(scratch, 'bin')
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** What a machine with Node and npm has; above all, no pnpm. */
beforeAll(() => {
  mkdirSync(programs)
  for (const program of [
    'node',
    'npm',
    'npx',
    'git',
    // Of npm's and pnpm's own launchers:
    'sh',
    'env',
    'uname',
    'basename',
    'cat',
    'dirname',
    'readlink',
    'sed',
  ]) {
    const found = (process.env.PATH ?? '')
      .split(delimiter)
      .map((folder) => join(folder, program))
      .find((path) => existsSync(path))
    if (found) symlinkSync(realpathSync(found), join(programs, program))
  }
})

interface Ended {
  code: number
  output: string
}

/** Runs a line as npm does. */
function start(line: string, cwd: string, path: string[]): Promise<Ended> {
  const env = {
    ...outsideNpm(),
    PATH: path.join(delimiter),
    npm_config_prefer_offline: 'true',
    // A tag is for the folder below, never for a repository around it.
    GIT_CEILING_DIRECTORIES: dirname(cwd),
    TURBO_TELEMETRY_DISABLED: '1',
  }
  return new Promise((resolve) => {
    execFile('sh', ['-c', line], { cwd, env, timeout: 100_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: `${stdout}${stderr}` }),
    )
  })
}

/** The commands that a script runs one after the other, those of `npm run` under their own name. */
const commandsOf = (line: string): string[] =>
  line
    .split(' && ')
    .filter((command) => !command.startsWith('npm run '))
    .map((command) => command.trim())
const nested = Object.values(scripts).flatMap((line) =>
  [...line.matchAll(/npm run (\S+)/g)].map(([, name]) => name),
)

describe.skipIf(process.platform === 'win32')('root scripts', { timeout: 120_000 }, () => {
  describe('in a fresh clone set up first', () => {
    const clone = join(scratch, 'clone')
    const offline = join(scratch, 'offline')

    /** Everything but node_modules, and a registry that cannot be reached. */
    beforeAll(() => {
      for (const file of ['package.json', 'pnpm-lock.yaml', 'scripts'])
        cpSync(join(root, file), join(clone, file), { recursive: true })
      for (const file of ['packages/tfjs-native/scripts', 'bench/setup.mjs'])
        cpSync(join(root, file), join(clone, file), { recursive: true })
      mkdirSync(offline)
      writeFileSync(join(offline, 'npx'), '#!/bin/sh\necho "no registry: $*"\nexit 1\n', {
        mode: 0o755,
      })
    })

    // The peers of the benchmark are Python's: nothing of node_modules is needed.
    const first = Object.entries(scripts)
      .filter(([name]) => name !== 'bench:setup')
      .map(([name, line]) => ({ name, setUp: line.split(' && ', 1)[0] }))

    it.each(first)('$name', ({ setUp }) => {
      expect(setUp).toMatch(/^node scripts\/setup\.mjs( --no-addon)?$/)
    })

    it.each([...new Set(first.map(({ setUp }) => setUp))])('%s', async (line) => {
      const { code, output } = await start(`${line} && echo set up`, clone, [offline, programs])
      expect(output).toMatch(/^Installing dependencies with pnpm/)
      expect(output).toContain('no registry: --yes pnpm@10 install --frozen-lockfile')
      expect(output).toContain('icrl: installing failed')
      expect(output).not.toMatch(/^set up$/m)
      expect(code).toBe(1)
    })
  })

  describe('start once set up, without pnpm on the path', () => {
    const path = [join(root, 'node_modules/.bin'), programs]
    // These run for real, below.
    const isRun = (command: string): boolean => command.startsWith('npx --yes pnpm@10 ')
    const commands = [...new Set(Object.values(scripts).flatMap(commandsOf))]

    it.each(commands.filter((command) => !isRun(command)))('%s', async (command) => {
      const harmless = command.endsWith('bench/main.ts') ? '--list' : '--help'
      const { code, output } = await start(`${command} ${harmless}`, root, path)
      expect(output.length).toBeGreaterThan(0)
      expect(code, output).toBe(0)
    })

    it('run no script that is not there', () => {
      expect(nested.filter((name) => !(name in scripts))).toEqual([])
    })
  })

  describe('build and publish, in a workspace of one package and to a registry of its own', () => {
    const workspace = join(scratch, 'workspace')
    const path = [join(root, 'node_modules/.bin'), programs]
    const published: string[] = []
    const server = createServer((request, response) => {
      if (request.method === 'PUT') published.push(decodeURIComponent(request.url!))
      request.resume().on('end', () => {
        response.writeHead(request.method === 'PUT' ? 201 : 404).end('{}')
      })
    })
    afterAll(() => void server.close())

    beforeAll(async () => {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const host = `127.0.0.1:${(server.address() as AddressInfo).port}/`
      const write = (file: string, content: object | string): void => {
        mkdirSync(dirname(join(workspace, file)), { recursive: true })
        const text = typeof content === 'string' ? content : JSON.stringify(content)
        writeFileSync(join(workspace, file), text)
      }
      const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
      write('package.json', { name: 'workspace', private: true, packageManager })
      write('pnpm-lock.yaml', "lockfileVersion: '9.0'\nimporters:\n  .: {}\n  packages/one: {}\n")
      write('pnpm-workspace.yaml', 'packages: [packages/*]\nmanagePackageManagerVersions: false\n')
      write('packages/one/package.json', {
        name: '@icrl/one',
        version: '1.0.0',
        scripts: { build: 'node --print 1 > built' },
        publishConfig: { registry: `http://${host}` },
      })
      write('.npmrc', `//${host}:_authToken=none\n`)
      cpSync(join(root, 'turbo.json'), join(workspace, 'turbo.json'))
      cpSync(join(root, '.changeset/config.json'), join(workspace, '.changeset/config.json'))
      symlinkSync(join(root, 'node_modules'), join(workspace, 'node_modules'))
    })

    it('build builds', async () => {
      const { code, output } = await start(commandsOf(scripts.build).at(-1)!, workspace, path)
      expect(existsSync(join(workspace, 'packages/one/built')), output).toBe(true)
      expect(code, output).toBe(0)
    })

    it.skipIf(!process.env.ICRL_FULL)('release publishes', async () => {
      const { code, output } = await start(commandsOf(scripts.release).at(-1)!, workspace, path)
      expect(published, output).toEqual(['/@icrl/one'])
      expect(code, output).toBe(0)
    })
  })
})
