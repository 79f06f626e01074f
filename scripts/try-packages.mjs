// Packs every package, installs the tarballs in an empty project, and runs the first example of the
// root README and of each package's there: it must print what the README says it prints.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
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

/** The README's first ts block, and the text block that follows: what it prints. */
function firstExample(readme) {
  const [, code, printed] = /```ts\n([\s\S]*?)```[\s\S]*?```text\n([\s\S]*?)```/.exec(readme) ?? []
  if (!code)
    throw new Error('the README has no example in a ts block with what it prints in a text block')
  return { code, printed: printed.trim() }
}

function tryReadme(name, path) {
  const file = join(project, `${name}.ts`)
  const { code, printed } = firstExample(readFileSync(path, 'utf8'))
  writeFileSync(file, code)
  const output = run(process.execPath, ['--import', tsx, file], project).trim()
  if (output !== printed)
    throw new Error(`the README says\n${printed}\nand the example prints\n${output}`)
  console.log(`${name}: prints what its README says`)
}

const readmes = [
  ['root', join(root, 'README.md')],
  ...readdirSync(join(root, 'packages')).map((name) => [
    name,
    join(root, 'packages', name, 'README.md'),
  ]),
]
try {
  const tarballs = join(project, 'tarballs')
  run(process.execPath, [join(root, 'scripts/pack-packages.mjs'), tarballs], root)
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
  for (const [name, path] of readmes) {
    try {
      tryReadme(name, path)
    } catch (error) {
      failed++
      console.error(`${name}: ${error.message}`)
    }
  }
  console.log(
    failed === 0
      ? `${readmes.length - 1} packages install and run from their tarballs`
      : `${failed} of ${readmes.length} READMEs failed`,
  )
  process.exitCode = failed === 0 ? 0 : 1
} finally {
  rmSync(project, { recursive: true, force: true })
}
