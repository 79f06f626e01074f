import { randomStream, textOf } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import {
  applianceDemonstrations,
  LEAK_TEACHER,
  TRIPLE_TEACHER,
  type ApplianceTeacher,
} from './appliance-teacher.ts'
import { APPLIANCE_VOCABULARY, DISHES, LOOK, PLACES, TARGETS, use } from './appliance-vocabulary.ts'
import { splitOf } from './appliance-world.ts'
import type { Demonstration } from './demonstration.ts'

type Kind = keyof ReturnType<typeof applianceDemonstrations>

const demonstrate = (teacher: ApplianceTeacher, kind: Kind, count = 600): Demonstration[] =>
  Array.from({ length: count }, (_, i) =>
    applianceDemonstrations(teacher)[kind](randomStream(0, kind, i)),
  )
const words = ({ messages }: Demonstration): string[] => textOf(messages[0]).split(' ')
const actions = ({ answer, further = [] }: Demonstration): string[] => [
  answer,
  ...further.map((turn) => turn.answer),
]
const share = <Item>(items: readonly Item[], holds: (item: Item) => boolean): number =>
  items.filter(holds).length / items.length

describe('the appliance teacher', () => {
  it.each(['solo', 'tipped', 'critic'] as const)(
    '%s: writes words of the vocabulary about training questions, under 40 tokens',
    (kind) => {
      for (const demonstration of demonstrate(TRIPLE_TEACHER, kind, 200)) {
        const { further = [], messages, answer } = demonstration
        const text = [
          ...messages.map(textOf),
          answer,
          ...further.flatMap((turn) => [turn.observation, turn.answer]),
        ]
          .join(' ')
          .split(' ')
        for (const word of text) expect(APPLIANCE_VOCABULARY).toContain(word)
        // A role word before each message and answer, an end after each answer.
        expect(text.length + 3 * (1 + further.length)).toBeLessThan(40)
        const [, dish, , target] = words(demonstration).slice(kind === 'critic' ? 1 : 0)
        expect(splitOf({ dish: DISHES.indexOf(dish), target: TARGETS.indexOf(target) })).toBe(
          'train',
        )
      }
    },
  )

  it('looks first nine times in ten and seldom knows a hard dish', () => {
    const solo = demonstrate(TRIPLE_TEACHER, 'solo', 1500)
    expect(share(solo, (each) => actions(each)[0] === LOOK)).toBeCloseTo(0.9, 1)
    const { recipes, easy } = TRIPLE_TEACHER.world
    const firstUse = (hard: boolean): number => {
      const used = solo.flatMap((each) => {
        const dish = DISHES.indexOf(words(each)[1])
        const first = actions(each).find((action) => action.startsWith('use-'))
        return dish >= easy === hard && first !== undefined ? [first === use(recipes[dish][0])] : []
      })
      return share(used, Boolean)
    }
    expect(firstUse(true)).toBeLessThan(0.08)
    expect(firstUse(false)).toBeGreaterThan(0.9)
  })

  it('goes straight to a named place', () => {
    expect(
      share(
        demonstrate(TRIPLE_TEACHER, 'tipped'),
        (each) => actions(each)[0] === `take-${words(each)[5]}`,
      ),
    ).toBeGreaterThan(0.92)
  })

  it('names the true place as a critic, and recipes as it knows them', () => {
    for (const [teacher, dish, least, most] of [
      [TRIPLE_TEACHER, 5, 0.45, 0.7],
      [LEAK_TEACHER, 2, 0.17, 0.42],
      [LEAK_TEACHER, 11, 0.53, 0.8],
    ] as const) {
      const critiques = demonstrate(teacher, 'critic', 1500)
      expect(
        share(critiques, (each) => words(each)[6] === each.answer.split(' ')[0]),
      ).toBeGreaterThan(0.87)
      const own = critiques.filter((each) => words(each)[2] === DISHES[dish])
      const known = share(
        own,
        (each) => use(teacher.world.recipes[dish][0]) === `use-${each.answer.split(' ')[1]}`,
      )
      expect(known).toBeGreaterThan(least)
      expect(known).toBeLessThan(most)
      for (const { answer } of own) expect(PLACES).toContain(answer.split(' ')[0])
    }
  })
})
