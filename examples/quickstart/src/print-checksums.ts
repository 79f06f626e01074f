// Writes the checksums of the ten-step runs into README's "Same bytes", after a change that is
// meant to change them: node --conditions=@icrl/source --import tsx
// examples/quickstart/src/print-checksums.ts
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CHECKSUM_NODE, README, SMOKE_CONFIGS, smokeChecksum, withChecksum } from './same-bytes.ts'

if (Number(process.versions.node.split('.')[0]) !== CHECKSUM_NODE)
  throw new Error(`README's checksums are of Node ${CHECKSUM_NODE}; this is ${process.version}`)
const folder = await mkdtemp(join(tmpdir(), 'icrl-checksums-'))
let readme = await readFile(README, 'utf8')
for (const config of SMOKE_CONFIGS) {
  const checksum = await smokeChecksum(config, join(folder, config))
  readme = withChecksum(readme, config, checksum)
  console.log(`${checksum}  ${config}`)
}
await writeFile(README, readme)
await rm(folder, { recursive: true, force: true })
