/** One method of the index: where it is, and what was measured of it. */
export interface System {
  /** Number among the systems; neighbors of ICRL have none. */
  readonly number?: number
  readonly name: string
  /** arXiv number, or where it appeared. */
  readonly paper: string
  /** Its files, the main one first: its docstring opens the method's page. */
  readonly files: readonly string[]
  /** The main file's exports; default: the file's name in camel case. */
  readonly main?: readonly string[]
  /** How it is called, where the main export's docstring has no example. */
  readonly example?: string
  /** Its options' type; default: that of the main export's name. */
  readonly options?: string
  readonly state: string
  /** Names of experiments of this package. */
  readonly rows?: readonly string[]
  /** Arms of the quickstart's operator chain, the method first. */
  readonly chain?: { readonly experiment: string; readonly arms: readonly string[] }
  /** The test that compares with published files, of those in `packages/evaluators/src`. */
  readonly published?: string
  /** What else is known, with the command that shows it. */
  readonly known?: string
}

const recipe = (name: string): string => `packages/recipes/src/${name}.ts`
const method = (name: string): string => `packages/methods/src/${name}.ts`
const evaluator = (name: string): string => `packages/evaluators/src/${name}.ts`
const loop = (name: string): string => `packages/rollout/src/loops/${name}.ts`
const missing = { files: [], state: 'not yet' }

/** The 33 systems, in the order of the source documents. */
export const SYSTEMS: readonly System[] = [
  {
    number: 1,
    name: 'ICRL, with GRPO as baseline',
    paper: '2605.15224',
    files: [recipe('icrl')],
    state: 'works',
    chain: { experiment: 'methods-chain', arms: ['icrl', 'grpo'] },
  },
  { number: 2, name: 'IRRL, reward transform', paper: 'ICML 2023', ...missing },
  {
    number: 3,
    name: 'Intuitor (RLIF)',
    paper: '2505.19590',
    files: [recipe('intuitor')],
    state: 'works',
    rows: ['intuitor'],
  },
  { number: 4, name: 'Chain-of-Agents', paper: '2508.13167', ...missing },
  {
    number: 5,
    name: 'Critique-RL',
    paper: '2510.24320',
    files: [method('critique-rl')],
    state: 'works',
    rows: ['critique-rl'],
  },
  {
    number: 6,
    name: 'SPCT',
    paper: '2504.02495',
    files: [method('spct'), recipe('scoring-judge')],
    state: 'works; the meta-judge is a verdict of the judge, not a scalar head',
    rows: ['spct'],
  },
  {
    number: 7,
    name: 'Writing-Zero, BRPO',
    paper: '2506.00103',
    files: [recipe('brpo'), recipe('scoring-judge')],
    state: 'works; the weights of its judge’s reward are ours',
    rows: ['brpo'],
  },
  {
    number: 8,
    name: 'CriticBench, self-check',
    paper: '2310.04815',
    files: [evaluator('convincing-wrong'), loop('self-check')],
    state: 'works; its items are made from your own samples: theirs are not published',
    rows: ['self-check'],
  },
  {
    number: 9,
    name: 'RealCritic',
    paper: '2501.14492',
    files: [evaluator('real-critic')],
    state: 'works; reads the published files, our checker agrees with 96.6% of their scores',
    published: 'critics',
    rows: ['real-critic'],
  },
  {
    number: 10,
    name: 'AutoMathCritique',
    paper: '2411.16579',
    files: [method('critique-in-the-loop')],
    state: 'works: critique in the loop; the critic’s own training and self-talk not yet',
    rows: ['critique-in-the-loop'],
  },
  {
    number: 11,
    name: 'MetaCritique',
    paper: '2401.04518',
    files: [evaluator('meta-critique'), evaluator('unit-verdicts')],
    state: 'works; gives the published scores of 300 critiques from their labels',
    published: 'judges',
    rows: ['meta-critique'],
  },
  {
    number: 12,
    name: 'CritiCal',
    paper: '2510.24505',
    files: [method('critical'), evaluator('calibration')],
    state: 'works',
    rows: ['critical'],
  },
  {
    number: 13,
    name: 'RL-MIA, Self-Critique',
    paper: '2510.09259',
    files: [evaluator('contamination')],
    state: 'works: the detector, its baselines and the reader',
    rows: ['contamination'],
  },
  {
    number: 14,
    name: 'Self-feedback frame',
    paper: '2407.14507',
    files: [method('self-improve'), loop('loop')],
    state: 'works',
    rows: ['self-improve'],
  },
  { number: 15, name: 'Agent-R', paper: '2501.11425', ...missing },
  {
    number: 16,
    name: 'Critique-Coder, CRL',
    paper: '2509.22824',
    files: [recipe('critique-rl-mixture')],
    state: 'works',
    rows: ['critique-rl-mixture'],
  },
  {
    number: 17,
    name: 'Critique Fine-Tuning',
    paper: '2501.17703',
    files: [recipe('critique-fine-tuning')],
    state: 'works',
    rows: ['critique-fine-tuning'],
  },
  {
    number: 18,
    name: 'Critique-Guided Distillation',
    paper: '2505.11628',
    files: [recipe('critique-fine-tuning')],
    main: ['critiqueGuidedDistillation'],
    state: 'works',
    rows: ['critique-guided-distillation'],
  },
  {
    number: 19,
    name: 'MultiCritique',
    paper: '2410.15287',
    files: [method('multi-critique')],
    state: 'works, with DPO in place of a reward model and PPO',
    rows: ['multi-critique'],
  },
  {
    number: 20,
    name: 'PCBench',
    paper: '2505.23715',
    files: [evaluator('premise-critique')],
    state: 'works; gives the published table of 15 models from their per-item results',
    published: 'critics',
    rows: ['premise-critique'],
  },
  {
    number: 21,
    name: 'SELF',
    paper: '2310.00533',
    files: [method('self-evolution')],
    state: 'works',
    rows: ['self-evolution'],
  },
  {
    number: 22,
    name: 'PeRFICS',
    paper: '2310.07611',
    files: [loop('self-refine'), evaluator('cost-aware')],
    state: 'works: the untargeted loop; its formula could not be recovered, the score is ours',
    rows: ['self-refine'],
  },
  {
    number: 23,
    name: 'VISCO, LookBack',
    paper: '2412.02172',
    files: [evaluator('stepwise-critique'), loop('look-back')],
    state: 'works, as a text analogue',
    rows: ['look-back'],
  },
  {
    number: 24,
    name: 'LLaVA-Critic-R1',
    paper: '2509.00676',
    files: [recipe('preference-judge')],
    state: 'works, as a text analogue',
    rows: ['preference-judge'],
  },
  {
    number: 25,
    name: 'Critique-GRPO',
    paper: '2506.03106',
    files: [recipe('critique-grpo')],
    state: 'works',
    chain: { experiment: 'methods-chain', arms: ['critique-grpo', 'icrl', 'grpo'] },
  },
  {
    number: 26,
    name: 'DeepVerifier',
    paper: '2601.15808',
    files: [loop('deep-verifier')],
    state: 'works: the loop without search; search and fine-tuning not yet',
    rows: ['deep-verifier'],
  },
  {
    number: 27,
    name: 'Agent0-VL',
    paper: '2511.19900',
    files: [recipe('verified-steps')],
    state: 'works, as a text analogue',
    rows: ['verified-steps'],
  },
  { number: 28, name: 'KnowRL', paper: '2510.11407', ...missing },
  { number: 29, name: 'SOAR', paper: '2601.18778', ...missing },
  {
    number: 30,
    name: 'ReVISE',
    paper: '2502.14565',
    files: [method('revise'), loop('revise-decoding')],
    state: 'works',
    rows: ['revise'],
  },
  {
    number: 31,
    name: 'Self-Rationalization',
    paper: '2410.05495',
    files: [method('self-rationalization')],
    state: 'works',
    rows: ['self-rationalization'],
  },
  { number: 32, name: 'SPC', paper: '2504.19162', ...missing },
  {
    number: 33,
    name: 'SCoRe',
    paper: '2409.12917',
    files: [method('score')],
    state: 'works',
    rows: ['score'],
  },
]

const neighbor = (arm: string): System['chain'] => ({
  experiment: 'neighbors-chain',
  arms: [arm, 'icrl', 'grpo'],
})

/** Methods that people compare with ICRL; `state` says how each differs from it. */
export const NEIGHBORS: readonly System[] = [
  {
    name: 'LUFFY',
    paper: '2504.14945',
    files: [recipe('luffy')],
    state: 'an expert’s answer in place of a guided retry; no ratio to who sampled it',
    chain: neighbor('luffy'),
  },
  {
    name: 'RLTF-SD',
    paper: '2602.02482',
    files: [recipe('rltf-sd')],
    state: 'retries compared with first attempts alone, weight .1 above a floor in place of w_t',
    chain: neighbor('rltf-sd'),
  },
  {
    name: 'Critique-GRPO',
    paper: '2506.03106',
    files: [recipe('critique-grpo')],
    state:
      'the best refinement replaces an answer; π/(π + γ) in place of w_t; the critic is not trained',
    chain: { experiment: 'methods-chain', arms: ['critique-grpo', 'icrl', 'grpo'] },
  },
  {
    name: 'ERL',
    paper: '2602.13949',
    files: [recipe('erl')],
    state:
      'the reflection is kept for second attempts; those that succeed are also learned without it, by likelihood',
    chain: neighbor('erl'),
  },
  {
    name: 'ECHO',
    paper: '2601.06794',
    files: [recipe('echo')],
    state:
      'one attempt, many critiques of it; the critic is a model of its own; critiques are not taken away',
    chain: neighbor('echo'),
  },
  {
    name: 'replay and mirror',
    paper: '2605.15224',
    files: [recipe('icrl/reuse'), recipe('icrl')],
    main: ['replayGuided', 'mirrorSuccesses'],
    example: `import type { QuestionTask } from '@icrl/core'
import { icrl, type IcrlOptions } from '@icrl/recipes'

declare const options: IcrlOptions<QuestionTask>
const replayed = icrl({ ...options, replay: { steps: 10 } })
const both = icrl({ ...options, replay: {}, mirror: 1 })`,
    options: 'ReplayOptions',
    state:
      'ICRL itself, with guided successes used again as w_t rises; options `replay` and `mirror`, not in the paper, off by default',
    chain: { experiment: 'beyond-chain', arms: ['icrl-replay-mirror', 'icrl', 'grpo-replay'] },
  },
]
