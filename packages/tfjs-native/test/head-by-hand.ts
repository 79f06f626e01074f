// The head of native-cuda-bf16 written out in plain numbers: what its kernels must give, to the bit.
import { exp, log, tensor1d } from '@tensorflow/tfjs-core'
import { roundToBf16, type StepRule, tensorCoreProduct } from './tensor-core-rule.ts'

/** Entries that are taken in at once, and those whose softmax starts anew. */
const [UNIT, PART] = [256, 1024]
const { fround } = Math

const expOf = (x: readonly number[]): Float32Array =>
  exp(tensor1d([...x]))
    .dataSync<'float32'>()
    .slice()
const logOf = (x: number): number => log(tensor1d([x])).dataSync()[0]

/** Rows of numbers and the weights `[vocabulary][width]` that they meet. */
export interface HeadCase {
  readonly rows: number
  readonly vocabulary: number
  readonly width: number
  readonly hidden: Float32Array
  readonly weight: Float32Array
  readonly targets: Int32Array
  readonly temperatures: Float32Array
  readonly rule: StepRule
}

class Softmax {
  largest = -Infinity
  total = 0
  weighted = 0

  riseTo(now: number): void {
    if (this.total !== 0 && now !== this.largest) {
      const correction = expOf([fround(this.largest - now)])[0]
      const moved = fround(fround(this.largest - now) * this.total)
      this.weighted = fround(fround(this.weighted + moved) * correction)
      this.total = fround(this.total * correction)
    }
    this.largest = now
  }

  /** Sixteen lanes, each with every sixteenth entry, and a tree. */
  absorb(unit: readonly number[]): void {
    const now = Math.max(this.largest, ...unit)
    const below = unit.map((z) => fround(z - now))
    const masses = expOf(below)
    const [total, weighted] = [new Float32Array(16), new Float32Array(16)]
    masses.forEach((mass, i) => {
      total[i % 16] += mass
      weighted[i % 16] += fround(mass * below[i])
    })
    this.riseTo(now)
    this.total = fround(this.total + treeOf(total))
    this.weighted = fround(this.weighted + treeOf(weighted))
  }

  merge(part: Softmax): void {
    const now = Math.max(this.largest, part.largest)
    this.riseTo(now)
    part.riseTo(now)
    this.total = fround(this.total + part.total)
    this.weighted = fround(this.weighted + part.weighted)
  }
}

function treeOf(lanes: Float32Array): number {
  const sums = lanes.slice()
  for (let half = 8; half >= 1; half /= 2) for (let i = 0; i < half; i++) sums[i] += sums[i + half]
  return sums[0]
}

function softmaxOf(row: readonly number[]): Softmax {
  const whole = new Softmax()
  for (let start = 0; start < row.length; start += PART) {
    const part = new Softmax()
    for (let u = start; u < Math.min(start + PART, row.length); u += UNIT)
      part.absorb(row.slice(u, Math.min(u + UNIT, start + PART)))
    whole.merge(part)
  }
  return whole
}

/** Logits divided by the temperatures, row by row. */
function logitsOf({
  rows,
  vocabulary,
  width,
  hidden,
  weight,
  temperatures,
  rule,
}: HeadCase): number[][] {
  const products = tensorCoreProduct(
    [rows, vocabulary, width],
    (i, p) => hidden[i * width + p],
    (p, j) => weight[j * width + p],
    rule,
  )
  return Array.from({ length: rows }, (_, i) =>
    Array.from(products.subarray(i * vocabulary, (i + 1) * vocabulary), (z) =>
      fround(z / temperatures[i]),
    ),
  )
}

/** One for each row. */
export interface HeadOutputs {
  readonly logprobs: number[]
  readonly logsumexp: number[]
  readonly entropy: number[]
}

export function headByHand(head: HeadCase): HeadOutputs {
  const rows = logitsOf(head).map((row, i) => {
    const { largest, total, weighted } = softmaxOf(row)
    const logsumexp = fround(largest + logOf(total))
    return {
      logprob: fround(row[head.targets[i]] - logsumexp),
      logsumexp,
      entropy: fround(logOf(total) - fround(weighted / total)),
    }
  })
  return {
    logprobs: rows.map(({ logprob }) => logprob),
    logsumexp: rows.map(({ logsumexp }) => logsumexp),
    entropy: rows.map(({ entropy }) => entropy),
  }
}

/** `[rows][width]` and `[vocabulary][width]`, from the outputs and what is asked of each row. */
export function headGradientByHand(
  head: HeadCase,
  { logsumexp, entropy }: HeadOutputs,
  dlogprobs: Float32Array,
  dentropy: Float32Array,
): { dhidden: Float32Array; dweight: Float32Array } {
  const { rows, vocabulary, width, hidden, weight, targets, temperatures, rule } = head
  const slopes = logitsOf(head).map((row, i) => {
    const logp = row.map((z) => fround(z - logsumexp[i]))
    const masses = expOf(logp)
    return logp.map((each, v) => {
      const p = masses[v]
      const own = v === targets[i]
      const first = own ? fround(dlogprobs[i] * fround(1 - p)) : -fround(dlogprobs[i] * p)
      const spread = fround(p * fround(each + entropy[i]))
      return roundToBf16(fround(fround(first - fround(dentropy[i] * spread)) / temperatures[i]))
    })
  })
  return {
    dhidden: tensorCoreProduct(
      [rows, width, vocabulary],
      (i, v) => slopes[i][v],
      (v, p) => weight[v * width + p],
      rule,
    ),
    dweight: tensorCoreProduct(
      [vocabulary, width, rows],
      (v, i) => slopes[i][v],
      (i, p) => hidden[i * width + p],
      rule,
    ),
  }
}
