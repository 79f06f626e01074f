import { SafetensorsFile } from '@icrl/backbone'

/** AdamW's default decay of the first moment: after one update it is (1 − β₁) · gradient. */
const BETA1 = 0.9
const MOMENT = 'first_moment.'

/**
 * How far our adapter's gradient is from a peer's, of the matrix that is farthest off: the largest
 * difference relative to the largest number of the peer's.
 *
 * @param moments `optimizer.safetensors` of a policy that made one update, with the default β₁
 * @param gradients the peer's gradients by our names
 * @throws Error if the two do not hold the same matrices, or a gradient of the peer's is zero
 */
export async function gradientDifference(moments: string, gradients: string): Promise<number> {
  await using ours = await SafetensorsFile.open(moments)
  await using theirs = await SafetensorsFile.open(gradients)
  const own = [...ours.header.tensors.keys()]
    .filter((name) => name.startsWith(MOMENT))
    .map((name) => name.slice(MOMENT.length))
    .sort()
  const other = [...theirs.header.tensors.keys()].sort()
  if (own.length === 0 || own.join() !== other.join())
    throw new Error(
      `gradients: ours are of ${own.length} matrices (${own[0]} …), theirs of ${other.length} (${other[0]} …)`,
    )
  let most = 0
  for (const name of own) {
    const moment = await ours.read(MOMENT + name)
    const expected = await theirs.read(name)
    if (moment.length !== expected.length)
      throw new Error(`gradients: ${name} has ${moment.length} numbers, theirs ${expected.length}`)
    const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
    if (largest === 0) throw new Error(`gradients: theirs of ${name} is zero, which proves nothing`)
    const found = moment.map((value) => value / (1 - BETA1))
    const error = expected.reduce((max, value, i) => Math.max(max, Math.abs(found[i] - value)), 0)
    most = Math.max(most, error / largest)
  }
  return most
}
