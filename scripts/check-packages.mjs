// Every built package as its users' tools will see it: exports, types and files (publint).
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

const packages = join(dirname(fileURLToPath(import.meta.url)), '..', 'packages')
let problems = 0

for (const name of readdirSync(packages)) {
  const folder = join(packages, name)
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const { messages } = await publint({ pkgDir: folder, pack: false, strict: true })
  const found = messages
    .filter(
      ({ code, args }) =>
        !(code === 'FILE_DOES_NOT_EXIST' && String(args?.filePath).includes('src/')),
    )
    .map((message) => formatMessage(message, manifest))
  for (const field of ['license', 'engines', 'repository', 'description'])
    if (!manifest[field]) found.push(`package.json has no "${field}"`)
  if (manifest.sideEffects !== false) found.push('package.json: "sideEffects" is not false')
  for (const file of ['README.md', 'LICENSE'])
    if (!existsSync(join(folder, file))) found.push(`${file} is missing`)
  for (const text of found) console.error(`${manifest.name}: ${text}`)
  problems += found.length
}
console.log(problems === 0 ? 'every package is ready to publish' : `${problems} problems`)
process.exitCode = problems === 0 ? 0 : 1
