// Compiles the addon for every platform it is published for into prebuilds/, once for each content
// of native/.
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { compileTo } from './compile.mjs'
import { root, sourceHash } from './sources.mjs'
import { findZig } from './zig.mjs'

const USAGE = `node scripts/prebuild.mjs [PLATFORM-ARCH …]  all, or those named
node scripts/prebuild.mjs --check            fails unless all are there and of the present sources`
const prebuilds = join(root, 'prebuilds')
const manifest = join(prebuilds, 'sources.json')

// The oldest systems that Node 20 runs on. C++'s library is linked in; Windows resolves Node's
// functions itself (native/host-windows.cc).
const TARGETS = {
  'linux-x64': { target: 'x86_64-linux-gnu.2.28', link: ['-shared', '-Wl,-z,nodelete', '-s'] },
  'linux-arm64': { target: 'aarch64-linux-gnu.2.28', link: ['-shared', '-Wl,-z,nodelete', '-s'] },
  'darwin-arm64': {
    target: 'aarch64-macos.11.0',
    link: ['-shared', '-undefined', 'dynamic_lookup'],
  },
  'darwin-x64': { target: 'x86_64-macos.11.0', link: ['-shared', '-undefined', 'dynamic_lookup'] },
  'win32-x64': { target: 'x86_64-windows-gnu', link: ['-shared', '-s'] },
}

const fileOf = (name) => join(prebuilds, `${name}.node`)
const sources = sourceHash()
const built = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')) : {}
const isCurrent = (name) => built[name] === sources && existsSync(fileOf(name))

async function prebuild(name, zig) {
  const start = Date.now()
  const { target, link } = TARGETS[name]
  const error = await compileTo(fileOf(name), {
    compiler: [...zig, 'c++', '-target', target],
    includes: createRequire(import.meta.url)('node-api-headers').include_dir,
    arch: name.split('-')[1],
    // Zig turns its sanitiser on by default.
    flags: ['-fno-sanitize=undefined', ...(name.startsWith('win32') ? ['-DNAPI_EXTERN='] : [])],
    link,
  })
  if (error) throw new Error(`${name}: ${error}`)
  built[name] = sources
  writeFileSync(manifest, `${JSON.stringify(built, null, 2)}\n`)
  console.log(
    `${name}: ${Math.round(statSync(fileOf(name)).size / 1024)} KiB in ${((Date.now() - start) / 1000).toFixed(0)} s`,
  )
}

const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const unknown = names.find((name) => !(name in TARGETS))
const stale = (names.length > 0 ? names : Object.keys(TARGETS)).filter((name) => !isCurrent(name))
if (process.argv.includes('--help')) {
  console.log(USAGE)
} else if (unknown !== undefined) {
  console.error(`prebuild: no target ${unknown}; there are ${Object.keys(TARGETS).join(', ')}`)
  process.exitCode = 1
} else if (process.argv.includes('--check')) {
  if (stale.length > 0)
    console.error(
      `prebuilds/ lacks ${stale.join(', ')} of the present sources: run npm run prebuilds at the root of the repository`,
    )
  process.exitCode = stale.length > 0 ? 1 : 0
} else if (stale.length > 0) {
  mkdirSync(prebuilds, { recursive: true })
  const zig = findZig()
  for (const name of stale) await prebuild(name, zig)
} else {
  console.log('prebuilds/ is up to date')
}
