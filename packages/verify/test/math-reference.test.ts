import { describe, expect, it } from 'vitest'
import { normalizeMathd } from '../src/lenient/normalize-mathd.ts'
import { normalizePlain } from '../src/lenient/normalize-plain.ts'
import { f1 } from '../src/qa/f1.ts'
import { verifyMath } from '../src/verify-math.ts'
import { scorerVerdict, type ScorerCase } from './scorer-verdict.ts'
import { hasSharedData, readJson, readLines, type MathPair } from './shared-data.ts'

interface VerifyCase {
  readonly id: string
  readonly gold: string
  readonly pred: string
  readonly expected: boolean
}

interface GraderCase {
  readonly gold: string
  readonly pred: string
  readonly src: string
  readonly math_verify_on_original?: boolean
  readonly slime_verl_boxed: boolean
}

/** Kinds of pairs that a documented convention decides otherwise than Math-Verify. */
const DECIDED = new Set([
  'radians',
  'union_word',
  'vector_as_tuple',
  'set_duplicate',
  'box_or_box',
  'hand',
])

/** Asserts a share, and shows what disagreed where it is not reached. */
function expectShare<T>(items: readonly T[], agrees: (item: T) => boolean, share: number): void {
  const disagreeing = items.filter((item) => !agrees(item))
  expect(
    1 - disagreeing.length / items.length,
    JSON.stringify(disagreeing.slice(0, 20), null, 1),
  ).toBeGreaterThanOrEqual(share)
}

describe.skipIf(!hasSharedData)('agreement with the reference data', () => {
  const pairs = hasSharedData ? readLines<MathPair>('math/math_pairs.jsonl.gz') : []
  const judged = new Map(pairs.map((pair) => [pair, verifyMath(pair.pred, pair.gold).correct]))

  it('math_pairs: the truth, where it is known, on 99.5%', () => {
    expectShare(
      pairs.filter(({ intended }) => intended !== null),
      (pair) => judged.get(pair) === pair.intended,
      0.995,
    )
  })

  it('math_pairs: Math-Verify where that agrees with the truth, on 99.5%', () => {
    expectShare(
      pairs.filter(({ intended, strict }) => intended === strict),
      (pair) => judged.get(pair) === pair.strict,
      0.995,
    )
  })

  it('math_pairs: Math-Verify where the truth is open and no convention of ours decides, on 95%', () => {
    expectShare(
      pairs.filter(({ intended, kind }) => intended === null && !DECIDED.has(kind)),
      (pair) => judged.get(pair) === pair.strict,
      0.95,
    )
  })

  it('math_pairs: every category the truth is known of, on 99%', () => {
    for (const category of new Set(pairs.map((pair) => pair.category))) {
      expectShare(
        pairs.filter((pair) => pair.category === category && pair.intended !== null),
        (pair) => judged.get(pair) === pair.intended,
        0.99,
      )
    }
  })

  it('math_verify_cases: 97%', () => {
    const { cases } = readJson<{ cases: VerifyCase[] }>('math/math_verify_cases.json')
    expectShare(
      cases,
      ({ gold, pred, expected }) => verifyMath(pred, gold).correct === expected,
      0.97,
    )
  })

  it('math_grader_reference: Math-Verify on 97%, the original text taken where the pair was cut from it', () => {
    const originals = new Map(
      readJson<{ cases: VerifyCase[] }>('math/math_verify_cases.json').cases.map((item) => [
        `math_verify:${item.id}`,
        item,
      ]),
    )
    const cases = readJson<{ cases: GraderCase[] }>('math/math_grader_reference.json').cases.filter(
      (item) => item.math_verify_on_original !== undefined,
    )
    expectShare(
      cases,
      ({ gold, pred, src, math_verify_on_original }) => {
        const { gold: wanted, pred: given } = originals.get(src) ?? { gold, pred }
        return verifyMath(given, wanted).correct === math_verify_on_original
      },
      0.97,
    )
  })

  it('math_grader_reference: lenient accepts 95% of what Math-Verify or the released code accepts', () => {
    const accepted = readJson<{ cases: GraderCase[] }>(
      'math/math_grader_reference.json',
    ).cases.filter((item) => item.math_verify_on_original || item.slime_verl_boxed)
    expectShare(
      accepted,
      ({ gold, pred }) => verifyMath(pred, gold, { mode: 'lenient' }).correct,
      0.95,
    )
  })

  it("math_normalize_reference: the released code's normal forms, on 98%", () => {
    const { cases } = readJson<{
      cases: { answer: string; mathd_normalize_answer: string; _normalize: string }[]
    }>('math/math_normalize_reference.json')
    expectShare(cases, (item) => normalizeMathd(item.answer) === item.mathd_normalize_answer, 1)
    expectShare(cases, (item) => normalizePlain(item.answer) === item._normalize, 0.98)
  })

  it('math_scorer_unit_cases: F1, all of them', () => {
    const { cases } = readJson<{ cases: ScorerCase[] }>('math/math_scorer_unit_cases.json')
    expectShare(
      cases.filter(({ fn }) => fn === 'F1Verifier'),
      ({ args, expected }) => Math.abs(f1(...args) - (expected as number)) < 1e-12,
      1,
    )
  })

  it('math_scorer_unit_cases: every verdict but the ten that a format rule decides', () => {
    const { cases } = readJson<{ cases: ScorerCase[] }>('math/math_scorer_unit_cases.json')
    const judgedCases = cases.flatMap((item) => {
      const verdict = scorerVerdict(item)
      return verdict === undefined ? [] : [{ ...item, verdict }]
    })
    const disagreeing = judgedCases.filter(
      ({ args, verdict }) => verifyMath(String(args[0]), String(args[1])).correct !== verdict,
    )
    expect(judgedCases.length).toBe(54)
    expect(disagreeing.length, JSON.stringify(disagreeing)).toBe(10)
  })
})
