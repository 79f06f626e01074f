// Writes the checksums of the ten-step runs into docs/determinism.md, after a change that is meant to
// change them: node --conditions=@icrl/source --import tsx
// examples/quickstart/src/print-checksums.ts
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CHECKSUM_NODE,
  CHECKSUM_PAGE,
  SMOKE_CONFIGS,
  smokeChecksum,
  withChecksum,
} from './same-bytes.ts'

if (Number(process.versions.node.split('.')[0]) !== CHECKSUM_NODE)
  throw new Error(`The printed checksums are of Node ${CHECKSUM_NODE}; this is ${process.version}`)
const folder = await mkdtemp(join(tmpdir(), 'icrl-checksums-'))
let page = await readFile(CHECKSUM_PAGE, 'utf8')
for (const config of SMOKE_CONFIGS) {
  const checksum = await smokeChecksum(config, join(folder, config))
  page = withChecksum(page, config, checksum)
  console.log(`${checksum}  ${config}`)
}
await writeFile(CHECKSUM_PAGE, page)
await rm(folder, { recursive: true, force: true })
