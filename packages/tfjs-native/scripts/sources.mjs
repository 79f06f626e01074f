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

/** Files under native/ by path, of the folders and names that `takes` accepts. */
function filesUnder(folder, takes) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => takes(name))
    .flatMap((entry) =>
      entry.isDirectory()
        ? filesUnder(join(folder, entry.name), takes)
        : [join(folder, entry.name)],
    )
    .sort()
}

const endsWith = (pattern) => (file) => pattern.test(file)

/** What belongs to the GPU's addon alone: a change there compiles nothing of the processor anew. */
const OF_THE_GPU = ['cuda', 'shim', 'vector-cuda.h']
const ofTheProcessor = () =>
  filesUnder(native, (name) => !OF_THE_GPU.includes(name)).filter(endsWith(/\.(cc|h)$/))

/** What device code is made of. */
const ofTheDevice = () => [
  ...filesUnder(join(native, 'cuda'), (name) => name !== 'host').filter(endsWith(/\.(cuh|cu|h)$/)),
  ...['isa', 'kernels'].flatMap((folder) => filesUnder(join(native, folder), endsWith(/\.h$/))),
]
const hostOfTheGpu = () => filesUnder(join(native, 'cuda'), endsWith(/^host$|\.(cc|h)$/))
const shared = () =>
  ['ops.h', 'rotary-table.h', 'rotary-table.cc'].map((name) => join(native, name))
// The driver's addon needs the model of the tensor cores.
const shim = () => filesUnder(join(native, 'shim'), endsWith(/\.(cc|h)$/))

const hostOnWindows = () => ['host.h', 'host-windows.cc'].map((name) => join(native, name))

/**
 * The addons by name: `native` for the processor, `cuda` for the driver of a GPU, and `cuda-shim`,
 * whose device is a model of one. `files`: what the build depends on.
 */
const ADDONS = {
  native: ofTheProcessor,
  cuda: () => [...hostOfTheGpu(), ...ofTheDevice(), ...shared(), ...shim(), ...hostOnWindows()],
  'cuda-shim': () => [...hostOfTheGpu(), ...ofTheDevice(), ...shared(), ...shim()],
}

/** Fibers run as fast as code for this processor does; nobody waits for a better optimized model. */
const SHIM_FLAGS = {
  x64: ['-O1', '-march=native', '-Wno-unknown-pragmas', '-Wno-unused-function'],
  arm64: ['-O1', '-Wno-unknown-pragmas', '-Wno-unused-function'],
}

function hashOf(files, ...settings) {
  const hash = createHash('sha256').update(JSON.stringify(settings))
  for (const file of files)
    hash.update(relative(root, file).replaceAll('\\', '/')).update(readFileSync(file))
  return hash.digest('hex').slice(0, 16)
}

/** Names the content of native/ that an addon is made of and the flags it is compiled with. */
export function sourceHash(addon = 'native') {
  const settings = addon === 'native' ? INSTRUCTION_SETS : SHIM_FLAGS
  return hashOf(ADDONS[addon](), FLAGS, settings)
}

/** How nvcc compiles the device code: no contraction, no approximation, whatever its defaults. */
export const DEVICE_FLAGS = [
  '-std=c++17',
  '-fmad=false',
  '-ftz=false',
  '-prec-div=true',
  '-prec-sqrt=true',
]

/** Names the content of native/ that a GPU's code is made of, and how it is compiled. */
export function deviceCodeHash() {
  return hashOf(ofTheDevice(), DEVICE_FLAGS)
}

/** What to compile for an addon: [source, object, flags]. */
export function translationUnits(arch, objects, addon = 'native') {
  const object = (file, suffix) =>
    join(
      objects,
      `${relative(native, file).replace(/[\\/]/g, '-').replace(/\.cc$/, '')}${suffix}.o`,
    )
  const sources = ADDONS[addon]().filter(endsWith(/\.cc$/))
  if (addon === 'native') return unitsOfTheProcessor(arch, sources, object)
  // What runs on the processor only asks for work.
  const scalar = ['-O1', '-DICRL_ISA=ICRL_ISA_SCALAR']
  return sources
    .filter((file) => !file.endsWith(addon === 'cuda' ? 'driver-on-cpu.cc' : 'driver-library.cc'))
    .map((file) => {
      const isModel = file.endsWith('driver-on-cpu.cc')
      return [file, object(file, ''), isModel ? (SHIM_FLAGS[arch] ?? SHIM_FLAGS.arm64) : scalar]
    })
}

/** Kernels once an instruction set, the rest once. */
function unitsOfTheProcessor(arch, files, object) {
  const isKernel = (file) => /[\\/](kernels|isa)[\\/]/.test(file)
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
