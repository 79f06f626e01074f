// What the code of a GPU's kernels may hold: a compiler's upgrade must not change their bits
// silently.

/** Instructions that round otherwise than the processor's. */
const FORBIDDEN = [
  [/\.ftz\b/, 'flushes subnormal numbers'],
  [/\.(?:approx|full)\b/, 'approximates'],
  [/\bex2\./, 'takes the device’s own exponential'],
  [/\b(?:add|sub|mul|div|fma|sqrt)\.(?:rz|rm|rp)\./, 'does not round to nearest'],
  [/\bcvt\.(?!rn\.)\w+\.bf16/, 'does not round to nearest'],
  [
    /\bmma\.(?!sync\.aligned\.m16n8k16\.row\.col\.f32\.bf16\.bf16\.f32)/,
    'takes a step of the tensor cores that is not modelled',
  ],
  [
    /\bwgmma\.mma_async\.(?!sync\.aligned\.m64n128k16\.f32\.bf16\.bf16\b)/,
    'takes a step of the tensor cores that is not modelled',
  ],
]

/** Kernels whose formulas have no fused multiply-add: one there is the compiler's. */
const WITHOUT_FMA = [
  'add',
  'add_up',
  'add_bias',
  'scale',
  'rotate_back',
  'binary',
  'select_where',
  'reduce_rows',
  'reduce_columns',
  'embedding_grad',
  'gather_rows',
  'gather_bf16',
  'copy_blocks',
  'write_pages',
  'decode_pages',
  'decode_prepare',
  'decode_advance',
  'fill',
  'product_bf16_8',
  'product_bf16_32',
  'product_bf16_64',
  'product_bf16_128',
  'product_wgmma',
  'round_operand',
]

/** The text of each kernel in PTX, by name. */
function kernelsOf(ptx) {
  return Object.fromEntries(
    ptx
      .split(/^\.visible \.entry /m)
      .slice(1)
      .map((text) => [/^\w+/.exec(text)?.[0] ?? '', text]),
  )
}

/** What is wrong with the PTX, a line each. */
export function lookAtPtx(ptx) {
  const kernels = kernelsOf(ptx)
  const wrong = []
  for (const [name, text] of Object.entries(kernels)) {
    for (const [pattern, what] of FORBIDDEN) {
      const line = text.split('\n').find((each) => pattern.test(each))
      if (line !== undefined) wrong.push(`${name} ${what}: ${line.trim()}`)
    }
    if (WITHOUT_FMA.includes(name) && /\bfma\.rn\.f(?:32|64)\b/.test(text))
      wrong.push(`${name} has a fused multiply-add that its formula has not`)
  }
  const missing = WITHOUT_FMA.filter((name) => !(name in kernels))
  if (missing.length > 0) wrong.push(`the PTX has no kernel ${missing.join(', ')}`)
  return wrong
}

/** A block of 256 threads fits a processor with this many registers per thread. */
const REGISTERS = 255
/** Bytes a thread may spill: ptxas gives up a few registers for one more block at a time. */
const SPILLS = 64

/** What ptxas -v said: what is wrong, and the most registers in one line. */
export function lookAtRegisters(report) {
  const wrong = []
  let [kernel, most, who, count, spilling] = ['', 0, '', 0, 0]
  for (const line of report.split('\n')) {
    kernel = /Compiling entry function '(\w+)'/.exec(line)?.[1] ?? kernel
    const spilled = Number(/(\d+) bytes spill stores/.exec(line)?.[1] ?? 0)
    if (spilled > SPILLS) wrong.push(`${kernel} spills ${spilled} bytes; ${SPILLS} are the most`)
    if (spilled > 0) spilling++
    const used = /Used (\d+) registers/.exec(line)
    if (used === null) continue
    count++
    if (Number(used[1]) > most) [most, who] = [Number(used[1]), kernel]
  }
  if (count === 0) wrong.push('ptxas reported no kernel')
  if (most > REGISTERS) wrong.push(`${who} takes ${most} registers; ${REGISTERS} are the most`)
  return {
    wrong,
    summary: `${count} kernels: at most ${most} registers (${who}); ${spilling} spill up to ${SPILLS} bytes`,
  }
}
