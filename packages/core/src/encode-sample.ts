import { IcrlError } from './errors.ts'
import type { Sample } from './sample.ts'

/** Constructors of a sample's typed-array fields; every other field is JSON already. */
const ARRAYS = {
  sampledUnder: Int32Array,
  trainedUnder: Int32Array,
  response: Int32Array,
  mask: Uint8Array,
  behaviorLogprobs: Float32Array,
  oldLogprobs: Float32Array,
  referenceLogprobs: Float32Array,
  tokenRewards: Float32Array,
  advantages: Float32Array,
  weights: Float32Array,
  correction: Float32Array,
  trainLogprobs: Float32Array,
} as const

const FIELDS = Object.keys(ARRAYS)
const REQUIRED = [
  'id',
  'parents',
  'keys',
  'sampledUnder',
  'trainedUnder',
  'response',
  'mask',
  'behaviorLogprobs',
  'rewards',
  'reward',
  'policy',
  'version',
  'temperature',
  'finish',
  'valid',
] as const
const PER_TOKEN = [
  'mask',
  'behaviorLogprobs',
  'oldLogprobs',
  'referenceLogprobs',
  'tokenRewards',
  'advantages',
  'weights',
  'correction',
  'trainLogprobs',
] as const

/**
 * A sample as one line of JSON (no newline), typed arrays as plain arrays. `trainedUnder` is left
 * out where it is the very array of `sampledUnder`, so that decoding restores the identity. Float32
 * values survive the round trip bit for bit (but −0 becomes 0).
 *
 * @throws `non-finite` naming the sample, the field and the index within it (`weights[1]`): JSON has
 * no NaN or infinity.
 * @example
 * declare const sample: Sample
 * const line = encodeSample(sample)
 */
export function encodeSample(sample: Sample): string {
  const plain: Record<string, unknown> = { ...sample }
  if (sample.trainedUnder === sample.sampledUnder) plain.trainedUnder = undefined
  for (const field of FIELDS) {
    const values = plain[field] as Int32Array | Uint8Array | Float32Array | undefined
    if (values)
      plain[field] =
        values instanceof Float32Array ? Array.from(values, shortest) : Array.from(values)
  }
  const line = JSON.stringify(plain)
  // JSON writes NaN and infinity as null. Nothing else in a sample is null, except within a text.
  if (line.includes('null')) refuseNonFinite(sample.id, plain, '')
  return line
}

/** `path` is how a reader would reach the value: `weights[1]`, `rewards.outcome`. */
function refuseNonFinite(id: string, value: unknown, path: string): void {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new IcrlError(`sample ${id}: ${path} is ${value}.`, {
      code: 'non-finite',
      remedy: 'Find what computed it; such a sample must not be stored or trained.',
    })
  if (Array.isArray(value))
    value.forEach((item, index) => refuseNonFinite(id, item, `${path}[${index}]`))
  else if (typeof value === 'object' && value !== null)
    for (const [field, item] of Object.entries(value))
      refuseNonFinite(id, item, path === '' ? field : `${path}.${field}`)
}

/**
 * Reads a line that `encodeSample` wrote.
 *
 * @throws `corrupt-file` where the line is not a JSON object, or naming the field that is missing,
 * is not an array of numbers, or is not as long as the response.
 * @example
 * declare const line: string // written by encodeSample
 * const sample = decodeSample(line)
 */
export function decodeSample(line: string): Sample {
  const plain = currentNames(parse(line))
  if (plain.trainedUnder === undefined) plain.trainedUnder = plain.sampledUnder
  for (const field of REQUIRED) {
    if (plain[field] === undefined) throw corrupt(`has no field "${field}".`)
  }
  const shared = plain.trainedUnder === plain.sampledUnder
  for (const [field, constructor] of Object.entries(ARRAYS)) {
    const values = plain[field]
    if (values === undefined) continue
    if (!Array.isArray(values) || !values.every((value) => typeof value === 'number'))
      throw corrupt(`field "${field}" is not an array of numbers.`)
    plain[field] = constructor.from(values)
  }
  if (shared) plain.trainedUnder = plain.sampledUnder
  const length = (plain.response as Int32Array).length
  for (const field of PER_TOKEN) {
    const values = plain[field] as Float32Array | undefined
    if (values && values.length !== length)
      throw corrupt(`field "${field}" has ${values.length} values for ${length} response tokens.`)
  }
  return plain as unknown as Sample
}

/** Run format 1 spelled `behaviorLogprobs` the British way. */
function currentNames({
  behaviourLogprobs,
  ...plain
}: Record<string, unknown>): Record<string, unknown> {
  return behaviourLogprobs === undefined ? plain : { ...plain, behaviorLogprobs: behaviourLogprobs }
}

/** Nine significant digits are enough to tell any two float32 values apart. */
function shortest(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(9)) : value
}

function parse(line: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw corrupt('is not JSON.', cause)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw corrupt('is not an object.')
  return value as Record<string, unknown>
}

function corrupt(what: string, cause?: unknown): IcrlError {
  return new IcrlError(`encoded sample ${what}`, {
    code: 'corrupt-file',
    remedy: 'The line may be torn or of another version: remove it or write it again.',
    cause,
  })
}
