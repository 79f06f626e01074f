// Compiles the addons for every platform they are published for, and the code of the GPU's kernels,
// into prebuilds/, once for each content of native/.
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { buildCuda } from './build-cuda.mjs'
import { compileTo } from './compile.mjs'
import { deviceCodeHash, root, sourceHash } from './sources.mjs'
import { findZig } from './zig.mjs'

const USAGE = `node scripts/prebuild.mjs [NAME …]           all, or those named
node scripts/prebuild.mjs --check            fails unless all are there and of the present sources`
const prebuilds = join(root, 'prebuilds')
const manifest = join(prebuilds, 'sources.json')

// The oldest systems that Node 20 runs on. C++'s library is linked in; Windows resolves Node's
// functions itself (native/host-windows.cc).
const LINUX = {
  'linux-x64': { target: 'x86_64-linux-gnu.2.28', link: ['-shared', '-Wl,-z,nodelete', '-s'] },
  'linux-arm64': { target: 'aarch64-linux-gnu.2.28', link: ['-shared', '-Wl,-z,nodelete', '-s'] },
}
const TARGETS = {
  ...LINUX,
  'darwin-arm64': {
    target: 'aarch64-macos.11.0',
    link: ['-shared', '-undefined', 'dynamic_lookup'],
  },
  'darwin-x64': { target: 'x86_64-macos.11.0', link: ['-shared', '-undefined', 'dynamic_lookup'] },
  'win32-x64': { target: 'x86_64-windows-gnu', link: ['-shared', '-s'] },
  ...Object.fromEntries(
    Object.entries(LINUX).map(([name, { target, link }]) => [
      `cuda-${name}`,
      { addon: 'cuda', target, link: [...link, '-ldl'] },
    ]),
  ),
  'cuda-win32-x64': { addon: 'cuda', target: 'x86_64-windows-gnu', link: ['-shared', '-s'] },
}
/** One for all platforms. */
const CODE = 'cuda.fatbin'

const fileOf = (name) => join(prebuilds, name === CODE ? CODE : `${name}.node`)
const sourcesOf = (name) =>
  name === CODE ? deviceCodeHash() : sourceHash(TARGETS[name].addon ?? 'native')
const built = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')) : {}
const isCurrent = (name) => built[name] === sourcesOf(name) && existsSync(fileOf(name))

async function prebuild(name, zig) {
  const start = Date.now()
  const { addon = 'native', target, link } = TARGETS[name]
  const error = await compileTo(fileOf(name), {
    addon,
    compiler: [...zig, 'c++', '-target', target],
    includes: createRequire(import.meta.url)('node-api-headers').include_dir,
    arch: name.split('-').at(-1),
    // Zig turns its sanitiser on by default.
    flags: ['-fno-sanitize=undefined', ...(name.includes('win32') ? ['-DNAPI_EXTERN='] : [])],
    link,
  })
  if (error) throw new Error(`${name}: ${error}`)
  built[name] = sourcesOf(name)
  writeFileSync(manifest, `${JSON.stringify(built, null, 2)}\n`)
  console.log(
    `${name}: ${Math.round(statSync(fileOf(name)).size / 1024)} KiB in ${((Date.now() - start) / 1000).toFixed(0)} s`,
  )
}

const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const known = [...Object.keys(TARGETS), CODE]
const unknown = names.find((name) => !known.includes(name))
const stale = unknown ? [] : (names.length > 0 ? names : known).filter((name) => !isCurrent(name))
if (process.argv.includes('--help')) {
  console.log(USAGE)
} else if (unknown !== undefined) {
  console.error(`prebuild: no target ${unknown}; there are ${known.join(', ')}`)
  process.exitCode = 1
} else if (process.argv.includes('--check')) {
  if (stale.length > 0)
    console.error(
      `prebuilds/ lacks ${stale.join(', ')} of the present sources: run npm run prebuilds at the root of the repository`,
    )
  process.exitCode = stale.length > 0 ? 1 : 0
} else if (stale.length > 0) {
  mkdirSync(prebuilds, { recursive: true })
  const addons = stale.filter((name) => name !== CODE)
  const zig = addons.length > 0 ? findZig() : []
  for (const name of addons) await prebuild(name, zig)
  if (stale.includes(CODE)) await buildCuda({ prebuilt: true })
} else {
  console.log('prebuilds/ is up to date')
}
