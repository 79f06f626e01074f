import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  HOW_TO_LINK,
  linkedTensorflow,
} from '../packages/backbone/test/tensorflow/linked-binding.ts'

const script = join(import.meta.dirname, 'tfjs-node-gpu.mjs')
const empty = mkdtempSync(join(tmpdir(), 'icrl-tensorflow-'))
afterAll(() => rmSync(empty, { recursive: true }))

/** Exit code and all that is printed; nothing is downloaded, for the cache cannot be written. */
function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): [number, string] {
  const cache = join(empty, 'file')
  writeFileSync(cache, '')
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
    env: { ...process.env, XDG_CACHE_HOME: cache, ...env },
  })
  return [status ?? -1, `${stdout}${stderr}`]
}

describe('scripts/tfjs-node-gpu.mjs', () => {
  it.each([
    ['--check', 'is not there; run this without --check'],
    ['--unknown', "Unknown option '--unknown'"],
  ])('%s in an empty folder ends with 1 and says why', (option, reason) => {
    const [status, said] = run([empty, option])
    expect(said).toContain(reason)
    expect(said).not.toMatch(/^ +at /m)
    expect(status).toBe(1)
  })

  it.runIf(process.platform === 'linux' && process.arch === 'x64')(
    'names the tool that is missing',
    () => {
      const [status, said] = run([empty], { CXX: join(empty, 'no-compiler') })
      expect(said).toMatch(/no-compiler does not run.*Install a C\+\+17 compiler|python3 -m pip/)
      expect(status).toBe(1)
    },
  )

  it.skipIf(linkedTensorflow() === undefined)(`finds the binding, ${HOW_TO_LINK}`, () => {
    const [status, said] = run([join(import.meta.dirname, '..'), '--check'])
    expect(said).toMatch(/^✓ binding +loads, TensorFlow 2\.\d+\.\d+, and multiplies$/m)
    expect(said).toMatch(/^[✓–] driver /m)
    expect(said).toMatch(/^[✓–] GPU /m)
    expect(status).toBe(0)
  })
})
