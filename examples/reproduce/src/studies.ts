import { type Experiment, placesTable, seedMean, type StoredCurve } from '@icrl/example-experiments'
import { areaUnderCurve, tokensToThreshold } from '@icrl/report'
import { EXPERIMENTS } from '../../quickstart/src/experiment-plan.ts'

/** One of the paper's comparisons. */
export interface Study {
  readonly title: string
  /** The arm that the others are compared with first. */
  readonly arms: readonly string[]
  /** Further figures that its runs store. */
  readonly figures?: readonly string[]
  /** Its table, of complete runs. */
  readonly table: (experiment: Experiment, curves: readonly StoredCurve[]) => string
  /** What the paper reports, as a table or a sentence. */
  readonly paper: string
  /** What the figure draws in place of accuracy. */
  readonly drawn?: (curve: StoredCurve) => StoredCurve
}

const chainArms = EXPERIMENTS['methods-chain'].arms
const isAblation = (arm: string): boolean =>
  /^icrl-(unweighted|pooled|frozen|cap-1|uncapped)$/.test(arm)
const NUMBERS = `| the paper, accuracy in % | GRPO | Critique-GRPO | ICRL |
|---|---|---|---|
| environments, Qwen3-4B | 49.2 | 55.9 | 57.0 |
| environments, Qwen3-8B | 52.8 | 56.6 | 57.8 |
| mathematics, Qwen3-8B | 68.3 | 73.3 | 75.3 |`

/** w̄_t in place of accuracy; where no token had a weight, the one before, or 1. */
function weightsOf(curve: StoredCurve): StoredCurve {
  let last = 1
  return { ...curve, values: (curve.weightMeans ?? []).map((mean) => (last = mean ?? last)) }
}

function cell(values: readonly number[], digits = 3): string {
  if (values.length === 0) return '–'
  const { mean, low, high } = seedMean(values)
  const [m, l, h] = [mean, low, high].map((value) => value.toFixed(digits))
  return values.length === 1 ? m : `${m} [${l}, ${h}]`
}

function roundsTable({ arms: [arm] }: Experiment, curves: readonly StoredCurve[]): string {
  const own = curves.filter((curve) => curve.arm === arm && curve.figures)
  const at = (name: string, place: 0 | -1): string =>
    cell(own.flatMap(({ figures }) => figures?.[name]?.at(place) ?? []))
  return [
    '| attempts | accuracy before training | and after | right, then wrong: before | and after |',
    '|---|---|---|---|---|',
    ...[1, 2, 3, 4].map(
      (round) =>
        `| ${round} | ${at(`rounds/accuracy_${round}`, 0)} | ${at(`rounds/accuracy_${round}`, -1)} | ${at(`rounds/harm_${round}`, 0)} | ${at(`rounds/harm_${round}`, -1)} |`,
    ),
  ].join('\n')
}

/** Accuracy is gained by tokens and seconds; both stand still where nothing is gained. */
function costTable({ arms, tokens }: Experiment, curves: readonly StoredCurve[]): string {
  const rows = arms.map((arm) => {
    const own = curves.filter((curve) => curve.arm === arm)
    const points = own.map(({ values }) => 100 * (values[values.length - 1] - values[0]))
    const gained = own.filter((_, i) => points[i] >= 1)
    const per = (of: (curve: StoredCurve) => number): string =>
      cell(
        gained.map((curve) => of(curve) / (100 * (curve.values.at(-1)! - curve.values[0]))),
        of === secondsOf ? 2 : 0,
      )
    const half = own.map((curve) => tokensToThreshold(curve, 0.5)).filter((at) => at !== undefined)
    return `| ${arm} | ${cell(own.map((curve) => areaUnderCurve(curve, tokens)))} | ${half.length} of ${own.length}${half.length > 0 ? `: ${cell(half, 0)}` : ''} | ${gained.length > 0 ? per(tokensOf) : '–'} | ${gained.length > 0 ? per(secondsOf) : '–'} | ${gained.length} of ${own.length} |`
  })
  return [
    '| | mean accuracy | seeds that reach .5, at tokens | tokens per point | seconds per point | seeds that gain a point |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}
const tokensOf = ({ tokens }: StoredCurve): number => tokens[tokens.length - 1]
const secondsOf = ({ seconds }: StoredCurve): number => seconds

/** What the paper compares, and what it leaves open. */
export const STUDIES: Readonly<Record<string, Study>> = {
  main: {
    title: 'methods at equal sampled tokens',
    arms: chainArms.filter((arm) => !isAblation(arm)),
    table: placesTable,
    paper: NUMBERS,
  },
  ablation: {
    title: 'ICRL less one of its parts',
    arms: ['icrl', ...chainArms.filter(isAblation)],
    table: placesTable,
    paper: `| the paper, average accuracy in % | |
|---|---|
| ICRL | 69.8 |
| without w_t | 67.8 |
| without role-wise advantages | 68.4 |`,
  },
  dynamics: {
    title: 'mean w_t over training',
    arms: ['icrl', 'icrl-released', 'icrl-frozen', 'icrl-uncapped'],
    table: (experiment, curves) => placesTable(experiment, curves, weightsOf),
    paper: 'The paper: mean w_t starts below 1 and rises (a figure, without numbers).',
    drawn: weightsOf,
  },
  'critic-swap': {
    title:
      'who critiques: the trained critic, the initial one, another question’s, the same words, nobody',
    arms: ['icrl', 'icrl-frozen', 'icrl-shuffled', 'icrl-constant', 'icrl-retry'],
    table: placesTable,
    paper:
      'The paper swaps critics of other sizes: critiques of its 8B critic have about 57 tokens, those of frozen critics of 20 to 32 billion parameters 526 to 921, for the same gain.',
  },
  rounds: {
    title: 'accuracy after one to four attempts, each but the first under a critique of the last',
    arms: ['icrl-rounds'],
    figures: EXPERIMENTS['rounds-chain'].figures,
    table: roundsTable,
    paper:
      'The paper: with three rounds at test time, accuracy on ALFWorld is 98%. Its rounds end at the first success; here every attempt is critiqued, right ones too, so that harm shows.',
  },
  cost: {
    title: 'tokens and seconds per point of accuracy',
    arms: chainArms.filter((arm) => !isAblation(arm)),
    table: costTable,
    paper: 'The paper reports no cost per point.',
  },
}
