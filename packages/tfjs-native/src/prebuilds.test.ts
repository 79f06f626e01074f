import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { root, sourceHash } from '../scripts/sources.mjs'

const platform = `${process.platform}-${process.arch}`
const manifest = join(root, 'prebuilds', 'sources.json')
const built: Record<string, string> = existsSync(manifest)
  ? JSON.parse(readFileSync(manifest, 'utf8'))
  : {}
const isCurrent = built[platform] === sourceHash() && existsSync(join(root, 'dist', 'index.js'))
const project = mkdtempSync(join(tmpdir(), 'icrl-prebuilt-'))
afterAll(() => rmSync(project, { recursive: true, force: true }))

const PROGRAM = `
import { matMul, setBackend, tensor2d } from '@tensorflow/tfjs-core'
import { registerNativeCpu } from '@icrl/tfjs-native'
registerNativeCpu({ threads: 2 })
await setBackend('native-cpu')
console.log(matMul(tensor2d([[1, 2]]), tensor2d([[3], [4]])).dataSync()[0])
`

function run(command: string, args: string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stdout}\n${stderr}`)
  return stdout
}

describe.skipIf(!isCurrent)(
  `the prebuilt file of ${platform} (npm run prebuilds, npm run build)`,
  () => {
    it('is packed, and runs where it is installed without a compiler', { timeout: 120_000 }, () => {
      for (const name of ['tfjs-ops', 'tfjs-native'])
        run(
          'npx',
          ['--yes', 'pnpm@10', 'pack', '--pack-destination', project],
          join(root, '..', name),
        )
      const tarballs = readdirSync(project)
        .filter((file) => file.endsWith('.tgz'))
        .map((file) => join(project, file))
      writeFileSync(
        join(project, 'package.json'),
        JSON.stringify({ private: true, type: 'module' }),
      )
      run(
        'npm',
        [
          'install',
          '--no-audit',
          '--no-fund',
          '--prefer-offline',
          ...tarballs,
          '@tensorflow/tfjs-core@^4.22.0',
        ],
        project,
      )
      writeFileSync(join(project, 'main.mjs'), PROGRAM)
      const { stdout, stderr } = spawnSync(process.execPath, ['main.mjs'], {
        cwd: project,
        encoding: 'utf8',
        env: { PATH: '/nowhere' },
      })
      expect(stdout.trim(), stderr).toBe('11')
      expect(
        existsSync(join(project, 'node_modules', '@icrl', 'tfjs-native', 'build')),
        'something was compiled',
      ).toBe(false)
    })
  },
)
