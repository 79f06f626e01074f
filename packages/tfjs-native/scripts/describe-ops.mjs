// Writes src/op-arguments.ts, TypeScript's form of the descriptions in native/ops.h.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from './sources.mjs'

/** The kernels (`ICRL_OPS`) or records (`ICRL_RECORDS`) of ops.h: names of arguments by name. */
export function described(list) {
  const header = readFileSync(join(root, 'native', 'ops.h'), 'utf8').replaceAll('\\\n', ' ')
  const line = header.split('\n').find((text) => text.startsWith(`#define ${list}(X)`))
  if (line === undefined) throw new Error(`native/ops.h has no list ${list}`)
  return Object.fromEntries(
    [...line.matchAll(/X\((\w+),([^)]*)\)/g)].map(([, name, names]) => [
      name,
      names.split(',').map((each) => each.trim()),
    ]),
  )
}

const constant = (name, doc, list) =>
  `/** ${doc} */\nexport const ${name} = ${JSON.stringify(described(list), null, 2)} as const\n`

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(
    join(root, 'src', 'op-arguments.ts'),
    [
      '// Made of native/ops.h by `node scripts/describe-ops.mjs`; change it there.\n',
      constant('OPS', 'The arguments of every kernel, in order.', 'ICRL_OPS'),
      constant('RECORDS', 'Numbers that an argument of a kernel points to.', 'ICRL_RECORDS'),
    ].join('\n'),
  )
