import { randomStream, type QuestionTask } from '@icrl/core'

/** The shop's departments. */
export const DEPARTMENTS: readonly string[] = [
  'garden',
  'kitchen',
  'office',
  'garage',
  'nursery',
  'bathroom',
]

/** What is sold. Where an item is kept is what has to be learned; the first four are easy. */
export const ITEMS: readonly string[] = [
  'lamp',
  'rake',
  'clock',
  'bucket',
  'ladder',
  'mirror',
  'basket',
  'candle',
  'carpet',
  'curtain',
  'hammer',
  'kettle',
  'pillow',
  'ribbon',
  'statue',
  'vase',
]
export const EASY_ITEMS = 4

export const LEAST_PRICE = 2
export const MOST_PRICE = 20
export const LEAST_COUNT = 2
export const MOST_COUNT = 9

/** What is true in this shop, drawn once. `belief` is what the clerk of the warm start believes. */
export interface Item {
  readonly name: string
  readonly department: string
  readonly belief: string
  readonly price: number
}

/** The shop, generated from a fixed seed. */
export const SHOP: readonly Item[] = ITEMS.map((name, i) => {
  const draws = randomStream(0, 'shop', i)
  const department = draws.integer(0, DEPARTMENTS.length)
  const other = 1 + draws.integer(1, DEPARTMENTS.length - 1)
  return {
    name,
    department: DEPARTMENTS[department],
    belief: DEPARTMENTS[(department + other) % DEPARTMENTS.length],
    price: LEAST_PRICE + draws.integer(2, MOST_PRICE - LEAST_PRICE + 1),
  }
})

/** The first tool: what an item costs, if the department has it. */
export function lookUp({
  department,
  item,
}: {
  readonly department: string
  readonly item: string
}): string {
  const found = SHOP.find((each) => each.name === item && each.department === department)
  return found ? `The ${item} costs ${found.price}.` : `There is no ${item} here.`
}

/** The second tool. */
export function calculate({
  a,
  operator,
  b,
}: {
  readonly a: number
  readonly operator: '+' | '*'
  readonly b: number
}): string {
  return `It is ${operator === '+' ? a + b : a * b}.`
}

/** A customer's question: several of one item, or one each of two. */
export interface ShopTask extends QuestionTask {
  readonly items: readonly Item[]
  /** How many of the one item. */
  readonly count?: number
}

function severalOf(item: Item, count: number): ShopTask {
  return {
    id: `${count}-${item.name}`,
    question: `How much are ${count} of the ${item.name} ?`,
    answer: String(count * item.price),
    items: [item],
    count,
  }
}

function together(first: Item, second: Item): ShopTask {
  return {
    id: `${first.name}-${second.name}`,
    question: `How much are the ${first.name} and the ${second.name} ?`,
    answer: String(first.price + second.price),
    items: [first, second],
  }
}

/** Every question that can be asked. */
const QUESTIONS: readonly ShopTask[] = [
  ...SHOP.flatMap((item) =>
    Array.from({ length: MOST_COUNT - LEAST_COUNT + 1 }, (_, i) =>
      severalOf(item, LEAST_COUNT + i),
    ),
  ),
  ...SHOP.flatMap((first) =>
    SHOP.filter((second) => second !== first).map((second) => together(first, second)),
  ),
]

/** One question in four is held out: nothing is trained or demonstrated on it. */
export function shopTasks(split: 'train' | 'held-out'): readonly ShopTask[] {
  const isHeldOut = ({ id }: ShopTask): boolean => randomStream(0, 'held-out', id).uniform(0) < 0.25
  const chosen = QUESTIONS.filter((task) => isHeldOut(task) === (split === 'held-out'))
  const order = randomStream(0, 'order', split).permutation(0, chosen.length)
  return Array.from(order, (i) => chosen[i])
}

/** What an answer is worth: 1 if its only number is the right one. */
export function isRight(text: string, { answer }: Pick<ShopTask, 'answer'>): boolean {
  const numbers = text.match(/\d+/g) ?? []
  return numbers.length === 1 && numbers[0] === answer
}
