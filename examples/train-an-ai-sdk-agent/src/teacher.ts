import type { Message, RandomStream, Renderer, Tool } from '@icrl/core'
import { placeGuidance } from '@icrl/gateway'
import type { Demonstration } from '@icrl/recipes'
import { adviceOf, criticPrompt } from './critic.ts'
import {
  calculate,
  DEPARTMENTS,
  EASY_ITEMS,
  ITEMS,
  lookUp,
  SHOP,
  shopTasks,
  type Item,
  type ShopTask,
} from './shop.ts'

/**
 * How often the clerk of the warm start looks in the right department, for easy and hard items, and
 * follows advice; how often a critic names the right one.
 */
const HABITS = { easy: 0.95, hard: 0.1, advised: 0.95, critic: 0.65 } as const

/** What the agent's model is offered and told first, as the AI SDK sends it. */
export const TOOLS: readonly Tool[] = ['lookup', 'calculate'].map((name) => ({
  name,
  parameters: { type: 'object' },
}))
export const SYSTEM = 'You are the clerk of a shop.'

/** One step of the clerk: what it says, and what the tool answers. */
export interface ClerkStep {
  readonly text: string
  readonly observation?: string
}

type Departments = ReadonlyMap<string, string>

function callOf(name: string, given: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(given).map(
    ([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  )
  return `<tool_call>{"name": "${name}", "arguments": {${pairs.join(', ')}}}</tool_call>`
}

/** The clerk's way: every price, then the sum or the product; it gives up where it finds nothing. */
export function serve({ items, count }: ShopTask, departments: Departments): ClerkStep[] {
  const steps: ClerkStep[] = []
  for (const { name, department } of items) {
    const asked = { department: departments.get(name)!, item: name }
    steps.push({ text: callOf('lookup', asked), observation: lookUp(asked) })
    if (asked.department !== department) return [...steps, { text: 'I can not find it.' }]
  }
  const [first, second] = items
  const sum =
    count === undefined
      ? ({ a: first.price, operator: '+', b: second.price } as const)
      : ({ a: count, operator: '*', b: first.price } as const)
  const observation = calculate(sum)
  steps.push({ text: callOf('calculate', sum), observation })
  return [...steps, { text: observation.replace('is', 'costs') }]
}

/** What the critic says: the right department of each item, or any. */
function advise({ items }: ShopTask, draws: RandomStream): Departments {
  return new Map(
    items.map(({ name, department }, i) => [
      name,
      draws.uniform(2 * i) < HABITS.critic
        ? department
        : DEPARTMENTS[draws.integer(2 * i + 1, DEPARTMENTS.length)],
    ]),
  )
}

const writeAdvice = (advice: Departments): string =>
  Array.from(advice, ([item, department]) => adviceOf(item, department)).join(' ')

/** Where the clerk looks: as advised, or as it believes. */
function believe({ items }: ShopTask, draws: RandomStream, advice?: Departments): Departments {
  return new Map(
    items.map(({ name, department, belief }, i) => {
      if (advice && draws.uniform(2 * i) < HABITS.advised) return [name, advice.get(name)!]
      const habit = ITEMS.indexOf(name) < EASY_ITEMS ? HABITS.easy : HABITS.hard
      return [name, draws.uniform(2 * i + 1) < habit ? department : belief]
    }),
  )
}

/** A conversation of the clerk as ids, as the agent's calls make it; what it is told is masked. */
export function clerkDemonstration(
  { question }: Pick<ShopTask, 'question'>,
  steps: readonly ClerkStep[],
  renderer: Renderer,
  guidance?: string,
): Demonstration {
  const opening: Message[] = [
    { role: 'system', content: SYSTEM },
    { role: 'user', content: question },
  ]
  const shown = guidance === undefined ? opening : placeGuidance(opening, guidance)
  const ids: number[] = []
  const mask: number[] = []
  for (const { text, observation } of steps) {
    const said = renderer.answer!(text)
    ids.push(...said)
    mask.push(...said.map(() => 1))
    if (observation === undefined) continue
    const told = renderer.continue([{ role: 'tool', content: observation }], 'stop')
    ids.push(...told)
    mask.push(...told.map(() => 0))
  }
  return {
    prompt: renderer.start(shown, { tools: TOOLS }),
    response: Int32Array.from(ids),
    mask: Uint8Array.from(mask),
  }
}

const TRAINING = shopTasks('train')

/** Makers of demonstrations: the clerk alone, the clerk with advice, the critic. */
export const DEMONSTRATIONS: Readonly<
  Record<string, (draws: RandomStream, renderer: Renderer) => Demonstration>
> = {
  alone: (draws, renderer) => {
    const task = TRAINING[draws.integer(0, TRAINING.length)]
    return clerkDemonstration(task, serve(task, believe(task, draws.child('believe'))), renderer)
  },
  advised: (draws, renderer) => {
    const task = TRAINING[draws.integer(0, TRAINING.length)]
    const advice = advise(task, draws.child('advise'))
    const departments = believe(task, draws.child('believe'), advice)
    return clerkDemonstration(task, serve(task, departments), renderer, writeAdvice(advice))
  },
  critic: (draws, renderer) => {
    const task = TRAINING[draws.integer(0, TRAINING.length)]
    const turns = serve(task, believe(task, draws.child('believe')))
    return {
      prompt: renderer.start(criticPrompt(task, { turns })),
      response: renderer.answer!(writeAdvice(advise(task, draws.child('advise')))),
      role: 'critic',
    }
  },
}

/** Texts that hold every piece that is said in the shop. */
export function shopTexts(): string[] {
  const everywhere = SHOP.flatMap((item) =>
    DEPARTMENTS.map((department) => [item, department] as const),
  )
  const numbers = Array.from({ length: 201 }, (_, number) => ` ${number}`)
  return [
    `Tools: ${TOOLS.map(({ name }) => name).join(' ')}`,
    SYSTEM,
    ...numbers,
    ...everywhere.flatMap(([item, department]) => textsOf(item, department)),
  ]
}

function textsOf(item: Item, department: string): string[] {
  const tasks = TRAINING.filter(({ items }) => items[0] === item)
  return tasks.flatMap((task) => {
    const departments = new Map(task.items.map(({ name }) => [name, department]))
    const right = new Map(task.items.map((each) => [each.name, each.department]))
    const turns = [...serve(task, departments), ...serve(task, right)]
    const texts = turns.flatMap(({ text, observation = '' }) => [text, observation])
    const shown = placeGuidance([{ role: 'system', content: SYSTEM }], writeAdvice(departments))
    return [
      ...[...shown, ...criticPrompt(task, { turns })].map(({ content }) => String(content)),
      ...texts,
    ]
  })
}
