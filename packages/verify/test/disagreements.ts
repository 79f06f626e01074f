import { verifyMath } from '../src/verify-math.ts'
import { FORMAT_RULES, REASONS } from './disagreement-reasons.ts'
import { scorerVerdict, type ScorerCase } from './scorer-verdict.ts'
import { readJson, readLines, type MathPair } from './shared-data.ts'

interface NamedCase {
  readonly id: string
  readonly gold: string
  readonly pred: string
  readonly expected: boolean
}

interface GraderCase {
  readonly src: string
  readonly gold: string
  readonly pred: string
  readonly math_verify_on_original?: boolean
}

interface Judged {
  readonly pair: MathPair
  readonly ours: boolean
}

const ORDER = ['wrapper', 'equivalent', 'near_miss', 'hostile', 'extraction']

/**
 * The page of what our verdicts and those of the reference data disagree on, with the reasons;
 * throws where one has none.
 */
export function disagreementsPage(): string {
  const judged = readLines<MathPair>('math/math_pairs.jsonl.gz').map((pair): Judged => ({
    pair,
    ours: verifyMath(pair.pred, pair.gold).correct,
  }))
  return `${[
    '# Where verdicts differ',
    'Written by `scripts/disagreements.ts`; `test/disagreements.test.ts` holds it to the data and the code.',
    ...truthTables(judged),
    ...openTruth(judged),
    ...cases(),
    ...grader(),
    ...scorers(),
  ].join('\n\n')}\n`
}

function truthTables(judged: readonly Judged[]): string[] {
  const known = judged.filter(({ pair }) => pair.intended !== null)
  const wrong = known.filter(({ pair, ours }) => ours !== pair.intended)
  const head = (by: string): string =>
    `| ${by} | pairs | of them true | ours right | Math-Verify right | ours wrongly true | ours wrongly false | Math-Verify wrongly true | Math-Verify wrongly false |\n|---|---|---|---|---|---|---|---|---|`
  const worst = [...groupBy(known, ({ pair }) => `${pair.category}: ${pair.kind}`)]
    .map(([name, items]) => ({
      name,
      items,
      missed: items.filter(({ pair }) => pair.strict !== pair.intended).length,
    }))
    .filter(({ missed }) => missed >= 5)
    .sort((a, b) => b.missed - a.missed || (a.name < b.name ? -1 : 1))
  return [
    '## `math_pairs`: ours, Math-Verify, truth',
    `The ${known.length} pairs whose truth is known, by category. Math-Verify is 0.9.0, strict.`,
    `${head('category')}\n${[
      ...ORDER.map((name) =>
        row(
          name,
          known.filter(({ pair }) => pair.category === name),
        ),
      ),
      row('all', known),
    ].join('\n')}`,
    'By kind of gold answer:',
    `${head('type')}\n${[...groupBy(known, ({ pair }) => pair.type)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, items]) => row(name, items))
      .join('\n')}`,
    'By the rule that made the pair, where Math-Verify is wrong five times or more:',
    `${head('rule')}\n${worst.map(({ name, items }) => row(name.replaceAll('_', ' '), items)).join('\n')}`,
    wrong.length === 0
      ? 'No disagreement of ours remains.'
      : list(wrong.map(({ pair }) => [pair.id, pair.gold, pair.pred, reasonOf(pair.kind)])),
  ]
}

function row(name: string, items: readonly Judged[]): string {
  const count = (test: (item: Judged) => boolean): number => items.filter(test).length
  const share = (right: number): string => `${((100 * right) / items.length).toFixed(1)}%`
  return `| ${[
    name,
    items.length,
    count(({ pair }) => pair.intended === true),
    share(count(({ pair, ours }) => ours === pair.intended)),
    share(count(({ pair }) => pair.strict === pair.intended)),
    count(({ pair, ours }) => ours && !pair.intended),
    count(({ pair, ours }) => !ours && pair.intended === true),
    count(({ pair }) => pair.strict && !pair.intended),
    count(({ pair }) => !pair.strict && pair.intended === true),
  ].join(' | ')} |`
}

function openTruth(judged: readonly Judged[]): string[] {
  const open = judged.filter(({ pair }) => pair.intended === null)
  const different = open.filter(({ pair, ours }) => ours !== pair.strict)
  return [
    '## `math_pairs`: truth open',
    `Where graders may differ, Math-Verify's strict verdict is followed: on ${open.length - different.length} of ${open.length} pairs. The others:`,
    list(
      different.map(({ pair, ours }) => [
        `${pair.id}, ours ${ours}`,
        pair.gold,
        pair.pred.slice(-60),
        reasonOf(pair.kind),
      ]),
    ),
  ]
}

function cases(): string[] {
  const all = readJson<{ cases: NamedCase[] }>('math/math_verify_cases.json').cases
  const different = all.filter(
    ({ gold, pred, expected }) => verifyMath(pred, gold).correct !== expected,
  )
  return [
    '## `math_verify_cases`',
    `Math-Verify's own cases: ${all.length - different.length} of ${all.length}. The others:`,
    list(different.map(({ id, gold, pred }) => [id, gold, pred, reasonOf(id)])),
  ]
}

function grader(): string[] {
  const originals = new Map(
    readJson<{ cases: NamedCase[] }>('math/math_verify_cases.json').cases.map((item) => [
      `math_verify:${item.id}`,
      item,
    ]),
  )
  const all = readJson<{ cases: GraderCase[] }>('math/math_grader_reference.json').cases.filter(
    (item) => item.math_verify_on_original !== undefined,
  )
  const isDifferent = (
    item: GraderCase,
    { gold, pred }: { gold: string; pred: string } = item,
  ): boolean => verifyMath(pred, gold).correct !== item.math_verify_on_original
  const different = all.filter((item) => isDifferent(item))
  const onOriginals = all.filter((item) => isDifferent(item, originals.get(item.src)))
  return [
    '## `math_grader_reference`, `math_verify_on_original`',
    `${all.length - different.length} of ${all.length} as the pairs stand; ${all.length - onOriginals.length} of ${all.length} with the original texts, of which the verdicts are, where \`math_verify_cases\` has them. The pairs are cut from those texts ("leading \\boxed stripped"): accepting the cut ones would mean accepting one solution of several.`,
    list(
      different.map(({ src, gold, pred }) => [
        src.replace('math_verify:', ''),
        gold,
        pred,
        reasonOf(src),
      ]),
    ),
    ...(onOriginals.length === 0
      ? []
      : [
          `Left then: ${onOriginals.map(({ src }) => `\`${src.replace('math_verify:', '')}\``).join(', ')} (their originals are not in the data).`,
        ]),
  ]
}

function scorers(): string[] {
  const all = readJson<{ cases: ScorerCase[] }>('math/math_scorer_unit_cases.json').cases.filter(
    (item) => scorerVerdict(item) !== undefined,
  )
  const different = all.filter(
    (item) =>
      verifyMath(String(item.args[0]), String(item.args[1])).correct !== scorerVerdict(item),
  )
  const ruleOf = ({ fn, args }: ScorerCase): string =>
    FORMAT_RULES.find(([name, response]) => name.test(fn) && response.test(String(args[0])))?.[2] ??
    missing(`${fn}: ${String(args[0])}`)
  return [
    '## `math_scorer_unit_cases`',
    `${all.length - different.length} of ${all.length} verdicts, and all F1 cases. In each of the others a rule of format, not of mathematics, decides:`,
    list(
      different.map((item) => [
        item.fn,
        String(item.args[1]),
        String(item.args[0]).slice(-60),
        ruleOf(item),
      ]),
    ),
  ]
}

function list(
  rows: readonly (readonly [name: string, gold: string, prediction: string, reason: string])[],
): string {
  const code = (text: string): string =>
    `\`\`${JSON.stringify(text).slice(1, -1).replaceAll('\\\\', '\\')}\`\``
  return rows
    .map(
      ([name, gold, prediction, reason]) =>
        `- ${name}: ${code(prediction)} for ${code(gold)}. ${reason}`,
    )
    .join('\n')
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item])
  return groups
}

function reasonOf(id: string): string {
  return REASONS[id] ?? missing(id)
}

function missing(id: string): never {
  throw new Error(`a disagreement without a reason: ${id}`)
}
