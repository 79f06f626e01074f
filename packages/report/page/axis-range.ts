/**
 * A range that includes 0, with a little room above, and below if anything is negative; 0 to 1 where
 * everything is 0.
 */
export function axisRange(low: number, high: number): [number, number] {
  const [least, most] = [Math.min(0, low), Math.max(0, high)]
  if (least === most) return [0, 1]
  const air = (most - least) * 0.06
  return [least < 0 ? least - air : 0, most + air]
}
