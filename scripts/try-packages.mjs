// Packs every package, installs the tarballs in an empty project, and runs the first example of the
// root README and of each package's there: it must print what the README says it prints.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { firstExample, installPacked, packages, run } from './packed-project.mjs'
import { printHelp } from './print-help.mjs'

printHelp(import.meta.url)

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const project = mkdtempSync(join(tmpdir(), 'icrl-packed-'))
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

function tryReadme(name, path) {
  const file = join(project, `${name}.ts`)
  const { code, printed } = firstExample(path)
  writeFileSync(file, code)
  const output = run(process.execPath, ['--import', tsx, file], project).trim()
  if (output !== printed)
    throw new Error(`the README says\n${printed}\nand the example prints\n${output}`)
  console.log(`${name}: prints what its README says`)
}

const readmes = [
  ['root', join(root, 'README.md')],
  ...packages.map(({ folder, readme }) => [folder, readme]),
]
try {
  installPacked(project)
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
