// A copy of the model of a GPU, to plant faults in: its sources, compiled and linked on their own,
// and the program that compares what it computes with known checksums.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { FLAGS, root } from './sources.mjs'

const require = createRequire(import.meta.url)

function must(command, args) {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stderr}`)
}

/** The comparison in one file, as far from the root as dist. */
async function bundle(outfile) {
  const esbuild = createRequire(require.resolve('tsx'))('esbuild')
  await esbuild.build({
    entryPoints: [join(root, 'test', 'compare-cuda.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    conditions: ['@icrl/source'],
    logLevel: 'error',
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url)",
    },
  })
}

/**
 * Copies the sources, compiles all and hands the copy to `use`; removes it afterwards. `modelFlags` are
 * for the unit that holds the kernels, `linkFlags` for the addon.
 */
export async function withCopyOfTheShim({ modelFlags = [], linkFlags = [] }, use) {
  mkdirSync(join(root, 'build'), { recursive: true })
  const folder = mkdtempSync(join(root, 'build', 'faults-'))
  const program = join(root, 'build', `compare-cuda-${process.pid}.mjs`)
  try {
    for (const name of ['native', 'scripts'])
      cpSync(join(root, name), join(folder, name), { recursive: true })
    await bundle(program)
    const { translationUnits } = await import(
      pathToFileURL(join(folder, 'scripts/sources.mjs')).href
    )
    const units = translationUnits(process.arch, folder, 'cuda-shim')
    const model = units.find(([source]) => source.endsWith('driver-on-cpu.cc'))
    const compiler = process.env.CXX ?? 'c++'
    const includes = require('node-api-headers').include_dir
    const compile = (unit) => {
      const [source, object, own] = unit
      const flags = [...FLAGS, ...own, ...(unit === model ? modelFlags : [])]
      must(compiler, [...flags, '-I', includes, '-c', source, '-o', object])
    }
    const addon = join(folder, 'shim.node')
    const link = () =>
      must(compiler, [
        ...(process.platform === 'darwin'
          ? ['-bundle', '-undefined', 'dynamic_lookup']
          : ['-shared', '-pthread']),
        ...linkFlags,
        '-o',
        addon,
        ...units.map(([, object]) => object),
      ])
    for (const unit of units) compile(unit)
    link()
    await use({
      /** Runs cases (names with commas between them; none: all) under the schedules. */
      compare: (
        cases,
        schedules,
        { env = {}, backend = 'native-cuda', golden = 'golden.json' } = {},
      ) =>
        spawnSync(
          process.execPath,
          [program, addon, schedules, join(root, 'test', golden), cases, backend],
          { encoding: 'utf8', env: { ...process.env, ...env }, maxBuffer: 1 << 28 },
        ),
      /** Puts a fault into a file, compiles, and runs `look`; then puts the file right. */
      plant: (path, right, wrong, look) => {
        const file = join(folder, path)
        const text = readFileSync(file, 'utf8')
        if (!text.includes(right)) throw new Error(`${path} has no «${right}»`)
        writeFileSync(file, text.replace(right, wrong))
        const unit = units.find(([source]) => source === file) ?? model
        compile(unit)
        link()
        look()
        writeFileSync(file, text)
        compile(unit)
      },
    })
  } finally {
    rmSync(program, { force: true })
    rmSync(folder, { recursive: true, force: true })
  }
}
