// Packs every package, installs the tarballs in an empty project, and runs the first example of
// each README there.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const project = mkdtempSync(join(tmpdir(), 'icrl-packed-'))
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

function run(command, args, cwd) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    maxBuffer: 1 << 26,
  })
  if (status !== 0)
    throw new Error(
      `${command} ${args.slice(0, 4).join(' ')} … ended with ${status}\n${stdout.slice(-3000)}\n${stderr.slice(-3000)}`,
    )
  return stdout
}

function firstExample(readme, name) {
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1]
  if (!code) throw new Error(`${name}: the README has no example in a ts block`)
  return code
}

const folders = readdirSync(join(root, 'packages'))
try {
  const tarballs = join(project, 'tarballs')
  mkdirSync(tarballs)
  run(
    'npx',
    [
      '--yes',
      'pnpm@10',
      '--recursive',
      '--filter',
      './packages/*',
      'pack',
      '--pack-destination',
      tarballs,
    ],
    root,
  )
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  run(
    'npm',
    [
      'install',
      '--no-audit',
      '--no-fund',
      ...readdirSync(tarballs).map((file) => join(tarballs, file)),
      '@tensorflow/tfjs-core@^4.22.0',
      '@tensorflow/tfjs-backend-cpu@^4.22.0',
    ],
    project,
  )
  let failed = 0
  for (const name of folders) {
    const file = join(project, `${name}.ts`)
    try {
      writeFileSync(
        file,
        firstExample(readFileSync(join(root, 'packages', name, 'README.md'), 'utf8'), name),
      )
      const output = run(process.execPath, ['--import', tsx, file], project)
      console.log(`${name}: ${output.trim().split('\n')[0]}`)
    } catch (error) {
      failed++
      console.error(`${name}: ${error.message}`)
    }
  }
  console.log(
    failed === 0
      ? `${folders.length} packages install and run from their tarballs`
      : `${failed} of ${folders.length} packages failed`,
  )
  process.exitCode = failed === 0 ? 0 : 1
} finally {
  rmSync(project, { recursive: true, force: true })
}
