// What the addon is compiled from and how, for the build on this machine, the prebuilt files and
// the loader.
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

// The same from scripts/ and, bundled, from dist/.
export const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const native = join(root, 'native')

const INSTRUCTION_SETS = {
  x64: {
    scalar: [],
    avx2: ['-mavx2', '-mfma'],
    avx512: [
      '-mavx512f',
      '-mavx512dq',
      '-mavx512bw',
      '-mavx512vl',
      '-mavx2',
      '-mfma',
      '-mprefer-vector-width=512',
    ],
  },
  arm64: { scalar: [], neon: [] },
}
// Contraction and fast-math would let the compiler choose the bits; a finer errno or trap is not
// needed.
export const FLAGS = [
  '-std=c++17',
  '-O3',
  '-fPIC',
  '-ffp-contract=off',
  '-fno-math-errno',
  '-fno-trapping-math',
  '-fvisibility=hidden',
  '-fno-strict-aliasing',
  '-Wall',
  '-Wextra',
  '-DNAPI_VERSION=8',
]

/** Every file under native/, by path: what the build depends on. */
function sourceFiles(folder = native) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory() ? sourceFiles(join(folder, entry.name)) : [join(folder, entry.name)],
    )
    .filter((file) => /\.(cc|h)$/.test(file))
    .sort()
}

/** Names the content of native/ and the flags it is compiled with. */
export function sourceHash() {
  const hash = createHash('sha256').update(JSON.stringify([FLAGS, INSTRUCTION_SETS]))
  for (const file of sourceFiles())
    hash.update(relative(root, file).replaceAll('\\', '/')).update(readFileSync(file))
  return hash.digest('hex').slice(0, 16)
}

/** What to compile: [source, object, flags]. Kernels once an instruction set, the rest once. */
export function translationUnits(arch, objects) {
  const files = sourceFiles().filter((file) => file.endsWith('.cc'))
  const isKernel = (file) => /[\\/](kernels|isa)[\\/]/.test(file)
  const object = (file, suffix) =>
    join(
      objects,
      `${relative(native, file).replace(/[\\/]/g, '-').replace(/\.cc$/, '')}${suffix}.o`,
    )
  const once = files.filter((file) => !isKernel(file)).map((file) => [file, object(file, ''), []])
  const sets = INSTRUCTION_SETS[arch] ?? { scalar: [] }
  const each = Object.entries(sets).flatMap(([set, flags]) =>
    files
      .filter(isKernel)
      .map((file) => [
        file,
        object(file, `-${set}`),
        [`-DICRL_ISA=ICRL_ISA_${set.toUpperCase()}`, ...flags],
      ]),
  )
  return [...each, ...once]
}
