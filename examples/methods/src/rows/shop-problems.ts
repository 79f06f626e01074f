import { randomStream } from '@icrl/core'

/** A word problem of two steps, in the manner of GSM8K. */
export interface ShopProblem {
  readonly question: string
  /** What the second step starts from. */
  readonly total: number
  readonly answer: number
  /** `[steps]` */
  readonly solution: readonly [string, string]
  readonly given: { readonly boxes: number; readonly each: number; readonly sold: number }
}

/** The i-th problem: boxes of pens, of which some are sold. */
export function shopProblem(i: number): ShopProblem {
  const draws = randomStream(0, 'shop', i)
  const [boxes, each] = [3 + draws.integer(0, 7), 4 + draws.integer(1, 9)]
  const sold = 1 + draws.integer(2, boxes * each - 1)
  const [total, answer] = [boxes * each, boxes * each - sold]
  return {
    question: `A shop has ${boxes} boxes of ${each} pens and sells ${sold} pens. How many are left?`,
    total,
    answer,
    solution: [`There are ${boxes} * ${each} = ${total} pens.`, `${total} - ${sold} = ${answer}.`],
    given: { boxes, each, sold },
  }
}
